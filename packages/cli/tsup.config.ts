import { javascript } from '../../tsup.base.ts'

// Not the logger, from which pino is found, nor what is loaded only if it is asked for.
const bundled =
  /^@nunicorn\/(arbiter|contract|control\/socket|settings|sockets(\/address)?|worker\/classes)$/

export default javascript(['src/index.ts', 'src/main.ts'], [bundled])
