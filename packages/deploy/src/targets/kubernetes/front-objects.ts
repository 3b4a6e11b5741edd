import type { Knobs, Manifest, Scalar } from './objects.ts'

/** What differs between manifest and chart of the nginx before a Unix socket. */
export interface FrontKnobs {
  readonly image: Scalar
  readonly port: number
  readonly socketFolder: string
  readonly resources: unknown
  readonly site: string
  /** How long it goes on accepting after the end of the pod was decided; text, as a command takes it. */
  readonly delaySeconds: Scalar
  readonly gracefulSeconds: Scalar
}

const configuration = '/etc/nunicorn-nginx'

/** Its whole configuration: the image's own expects to be root. */
export function frontConfigMap({ fullName, labels, front }: Knobs): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${fullName}-nginx`, labels },
    data: front && { 'nginx.conf': mainConfiguration(front), 'site.conf': front.site },
  }
}

/** Stops before nunicorn does, which answers meanwhile what it has passed on. */
export function frontContainer({ pullPolicy }: Knobs, front: FrontKnobs): Manifest {
  return {
    name: 'nginx',
    image: front.image,
    imagePullPolicy: pullPolicy,
    command: ['nginx', '-e', 'stderr', '-c', `${configuration}/nginx.conf`],
    ports: [{ name: 'http', containerPort: front.port }],
    readinessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 2 },
    lifecycle: { preStop: { exec: { command: ['sleep', front.delaySeconds] } } },
    resources: front.resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'nginx', mountPath: configuration, readOnly: true },
      { name: 'nginx-tmp', mountPath: '/tmp' },
      { name: 'sockets', mountPath: front.socketFolder, readOnly: true },
    ],
  }
}

export function frontVolumes({ fullName }: Knobs): readonly Manifest[] {
  return [
    { name: 'sockets', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    { name: 'nginx', configMap: { name: `${fullName}-nginx` } },
    { name: 'nginx-tmp', emptyDir: { sizeLimit: '1Gi' } },
  ]
}

function mainConfiguration({ gracefulSeconds }: FrontKnobs): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid /tmp/nginx.pid;
error_log stderr warn;

# After QUIT it finishes what it has begun, for as long as nunicorn would.
worker_shutdown_timeout ${gracefulSeconds}s;

events {
    worker_connections 8192;
}

http {
    # nunicorn has an access log of its own (access-logfile).
    access_log off;

    # All that it writes. What is larger waits in nunicorn for its client.
${folders.map((name) => `    ${name}_temp_path /tmp/${name};`).join('\n')}
    proxy_max_temp_file_size 8m;

    include ${configuration}/site.conf;
}
`
}
