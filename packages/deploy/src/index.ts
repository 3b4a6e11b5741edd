export { deploy, type DeployOptions } from './deploy.ts'
export { provenance } from './provenance.ts'
export type { DeployFile, Place, Target, TargetOption } from './target.ts'
export { targets } from './targets.ts'
