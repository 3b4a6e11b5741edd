import { javascript } from '../../tsup.base.ts'

export default javascript(['src/index.ts', 'src/list-classes.ts', 'src/main.ts'], [/^@nunicorn\//])
