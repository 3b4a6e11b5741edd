import type { Plan } from './plan.ts'

/** The file, with a reason for whatever is not nginx's default. */
export function site(plan: Plan, header: readonly string[]): string {
  const { name } = plan
  return `${header.map((line) => `# ${line}`).join('\n')}

upstream ${name} {
${servers(plan)}
    # Connections to nunicorn are kept and used again. nginx gives up an idle one before nunicorn does (keep-alive), so that
    # no request meets a connection that is just being closed.
    keepalive 64;
    keepalive_timeout ${plan.idleMs}ms;
}

# A request that asks for another protocol (WebSocket) passes the question on; all others keep the connection.
map $http_upgrade $${name}_connection {
    default upgrade;
    ''      '';
}
${saidBefore(plan)}
server {
    listen ${plan.listen};
    server_name ${plan.serverName};
    client_max_body_size ${plan.bodySize};

    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Host ${variableOf(plan, 'host')};
    proxy_set_header X-Forwarded-Proto ${variableOf(plan, 'scheme')};
${plan.requestIdHeader === undefined ? '' : `    proxy_set_header ${plan.requestIdHeader} ${variableOf(plan, 'request_id')};\n`}    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $${name}_connection;

    # How long nunicorn may send nothing of an answer, ${readReason(plan)}
    proxy_read_timeout ${plan.readMs}ms;

    # The next instance is tried where this one cannot be reached. What may have been worked on already is never sent twice,
    # unless it may be (GET, PUT, DELETE): non_idempotent is not here on purpose.
    proxy_next_upstream error timeout;
    proxy_next_upstream_tries 3;
${health(plan)}
    location / {
        # An event stream is passed on as it comes, and may be silent for long. Browsers ask for one by its type.
        error_page 418 = @${name}_stream;
        if ($http_accept ~ text/event-stream) { return 418; }
        # WebSockets may be silent for long as well.
        if ($http_upgrade) { return 418; }

        # nginx takes the whole answer at once, and gives it to slow clients at their pace: workers are free sooner.
        # An answer that says X-Accel-Buffering: no is passed on as it comes.
        proxy_pass http://${name};
    }

    location @${name}_stream {
        proxy_buffering off;
        proxy_request_buffering off;
        proxy_read_timeout 1h;
        proxy_send_timeout 1h;
        proxy_pass http://${name};
    }
}
`
}

/** What this nginx says of a client, or the proxy before it. */
function variableOf({ name, behindProxy }: Plan, own: 'host' | 'scheme' | 'request_id'): string {
  return behindProxy ? `$${name}_${own}` : `$${own}`
}

function saidBefore({ name, behindProxy, requestIdHeader }: Plan): string {
  if (!behindProxy) return ''
  const headers = {
    host: 'X-Forwarded-Host',
    scheme: 'X-Forwarded-Proto',
    ...(requestIdHeader !== undefined && { request_id: requestIdHeader }),
  }
  const maps = Object.entries(headers).map(([own, header]) => {
    const said = `$http_${header.toLowerCase().replaceAll('-', '_')}`
    return `map ${said} $${name}_${own} {\n    default ${said};\n    ''      $${own};\n}\n`
  })
  return `\n# What the proxy before this one has said of the client is passed on: it has taken the TLS off.\n${maps.join('')}`
}

/** One server is never taken for dead: there is no other. Of several, one that fails is left alone for a moment. */
function servers({ upstreams }: Plan): string {
  const manner = upstreams.length > 1 ? 'max_fails=1 fail_timeout=1s' : 'max_fails=0'
  const why =
    upstreams.length > 1
      ? '    # One that fails is left alone for a second. Restart them one after the other, and go on when the one before has been\n    # back for longer than that: to nginx all would be gone at once otherwise.\n'
      : ''
  return why + upstreams.map((address) => `    server ${address} ${manner};`).join('\n')
}

function readReason({ readMs }: Plan): string {
  return readMs === 60_000
    ? "nginx's own default: nunicorn has no request-timeout."
    : 'a little more than request-timeout, so that its 503 arrives.'
}

function health({ health: target }: Plan): string {
  if (target === undefined) return ''
  return `
    # For a load balancer in front of nginx: whether nunicorn wants traffic (--admin).
    location = /healthz {
        access_log off;
        proxy_pass ${target};
    }
`
}
