import { javascript } from '../../tsup.base.ts'

export default javascript([
  'src/index.ts',
  'src/server.ts',
  'src/socket.ts',
  'src/command/run-command.ts',
])
