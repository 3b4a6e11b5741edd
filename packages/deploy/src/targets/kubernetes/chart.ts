import type { DeployFile } from '../../target.ts'
import { type Builder, buildersFor } from './builders.ts'
import { commentsFor } from './comments.ts'
import { expression, templateOf, yamlOf } from './ink.ts'
import { frontResources, resourcesOf, targetCpu } from './manifests.ts'
import type { Knobs } from './objects.ts'
import { graceMarginSeconds, type Plan } from './plan.ts'
import { valuesSchemaFor } from './values-schema.ts'

/** A Helm chart of the same objects, with what is likely to differ between two installations as values. */
export function chartFiles(plan: Plan, header: readonly string[]): readonly DeployFile[] {
  return [
    {
      path: 'chart/Chart.yaml',
      text: yamlOf(
        {
          apiVersion: 'v2',
          name: plan.name,
          description: `${plan.name}, served by nunicorn`,
          type: 'application',
          version: '0.1.0',
          appVersion: plan.image.tag,
        },
        header,
      ),
    },
    { path: 'chart/values.yaml', text: yamlOf(valuesOf(plan), header, valueComments) },
    {
      path: 'chart/values.schema.json',
      text: `${JSON.stringify({ ...valuesSchemaFor(plan), $comment: header.join('\n') }, null, 2)}\n`,
    },
    {
      path: 'chart/templates/_helpers.tpl',
      text: `{{- /*\n${header.join('\n')}\n*/ -}}\n${helpers(plan)}`,
    },
    ...buildersFor(plan).map((builder) => ({
      path: `chart/templates/${builder.file}`,
      text: template(builder, plan, header),
    })),
  ]
}

function template({ build, when }: Builder, plan: Plan, header: readonly string[]): string {
  const manifest = build(knobsOf(plan))
  const yaml = yamlOf(manifest, header, commentsFor(manifest))
  const text = templateOf(yaml)
    .replace(/^ *MORE: null\n/m, moreVariables)
    .replace(/^ *SCALE: null\n/m, fixedScale)
  return when === undefined ? text : `{{- if .Values.${when} }}\n${text}{{- end }}\n`
}

const moreVariables = `  {{- range $name, $value := .Values.env }}
  {{ $name }}: {{ $value | quote }}
  {{- end }}
`

const fixedScale = `  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicas }}
  {{- end }}
`

function valuesOf(plan: Plan): Readonly<Record<string, unknown>> {
  return {
    image: { ...plan.image, pullPolicy: 'IfNotPresent' },
    replicas: plan.replicas,
    autoscaling: { enabled: true, maxReplicas: plan.maxReplicas, targetCpu },
    workers: plan.workers,
    drainDelaySeconds: plan.drainDelaySeconds,
    gracefulTimeoutSeconds: plan.gracefulTimeoutSeconds,
    startSeconds: plan.startSeconds,
    env: plan.environment,
    resources: resourcesOf(plan),
    ...(plan.front && { nginx: { image: plan.front.image, resources: frontResources } }),
    service: { port: 80 },
    podDisruptionBudget: { enabled: true },
    serviceMonitor: { enabled: false },
  }
}

const valueComments: Readonly<Record<string, string>> = {
  replicas: 'The fewest pods; all there are, if autoscaling is off.',
  workers: 'A number, or auto: one for each CPU of resources.limits.cpu, rounded down.',
  drainDelaySeconds:
    'After TERM, how long to go on serving while the Service forgets the pod. At least 1.',
  gracefulTimeoutSeconds:
    'How long workers may take to finish. terminationGracePeriodSeconds follows: the sum of both, and 5.',
  startSeconds: 'How long a container may take until its first worker is ready.',
  env: 'More variables: any setting of nunicorn (NUNICORN_KEEP_ALIVE: 75s), and those of the app. Secrets go into a Secret\nthat is called like the release.',
  serviceMonitor: 'For the Prometheus operator.',
}

function knobsOf({ name, bind, ports, adminPort, adminHost, front }: Plan): Knobs {
  const selector = {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/instance': expression(' .Release.Name '),
  }
  return {
    fullName: expression(` include "${name}.fullname" . `),
    labels: { ...selector, 'app.kubernetes.io/managed-by': expression(' .Release.Service ') },
    selector,
    image: expression(' .Values.image.repository }}:{{ .Values.image.tag '),
    pullPolicy: expression(' .Values.image.pullPolicy '),
    workers: expression(' .Values.workers | quote '),
    drainDelay: expression(' .Values.drainDelaySeconds }}s{{ "" '),
    gracefulTimeout: expression(' .Values.gracefulTimeoutSeconds }}s{{ "" '),
    graceSeconds: expression(
      ` add .Values.drainDelaySeconds .Values.gracefulTimeoutSeconds ${front ? '.Values.gracefulTimeoutSeconds ' : ''}${graceMarginSeconds} `,
    ),
    startSeconds: expression(' .Values.startSeconds '),
    scale: { SCALE: null },
    minReplicas: expression(' .Values.replicas '),
    maxReplicas: expression(' .Values.autoscaling.maxReplicas '),
    targetCpu: expression(' .Values.autoscaling.targetCpu '),
    resources: expression('- toYaml .Values.resources | nindent 12 '),
    servicePort: expression(' .Values.service.port '),
    settingsHash: expression(
      ` include (print $.Template.BasePath "/configmap.yaml") . | cat ${front ? '(include (print $.Template.BasePath "/nginx.yaml") .) ' : ''}| sha256sum | trunc 12 | quote `,
    ),
    environment: { MORE: null },
    bind,
    ports,
    adminPort,
    adminHost,
    ...(front && {
      front: {
        ...front,
        image: expression(' .Values.nginx.image.repository }}:{{ .Values.nginx.image.tag '),
        resources: expression('- toYaml .Values.nginx.resources | nindent 12 '),
        delaySeconds: expression(' .Values.drainDelaySeconds | quote '),
        gracefulSeconds: expression(' .Values.gracefulTimeoutSeconds '),
      },
    }),
  }
}

function helpers({ name }: Plan): string {
  return `{{- define "${name}.fullname" -}}
{{- if contains "${name}" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name "${name}" | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
`
}
