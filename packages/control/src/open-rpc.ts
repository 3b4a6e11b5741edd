import { methodNames, methodTable } from './methods.ts'
import { schemaOf } from './param.ts'
import { components, resultSchemas } from './result-schemas.ts'

/** The whole interface as an OpenRPC document (https://spec.open-rpc.org): what `rpc.discover` answers with. */
export function openRpc(): object {
  return {
    openrpc: '1.3.2',
    info: {
      title: 'The control socket of nunicorn',
      version: '1.0.0',
      description:
        'JSON-RPC 2.0 over a Unix socket, one message a line, no batches. A call is answered when the thing is done; ' +
        'one that fails with code -32000 has { code, message, hint } as data. After `subscribe` events come as ' +
        'notifications: method `event`, params an EventRecord.',
    },
    methods: methodNames.map((name) => ({
      name,
      summary: methodTable[name].summary,
      paramStructure: 'by-name',
      params: Object.entries(methodTable[name].params).map(([param, spec]) => ({
        name: param,
        description: spec.help,
        required: spec.optional !== true,
        schema: schemaOf(spec),
      })),
      result: { name: 'result', schema: resultSchemas[name] },
    })),
    components: { schemas: components },
  }
}
