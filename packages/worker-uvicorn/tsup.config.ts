import { javascript } from '../../tsup.base.ts'

export default javascript(['src/index.ts', 'src/program.ts'])
