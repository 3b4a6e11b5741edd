/**
 * Has Node write a report if V8 runs out of memory or fails otherwise: the kernel says no more than SIGABRT. Without the
 * network, because names would be looked up; and without the environment, in which there may be secrets, which holds for
 * every kind of error only if the process is started with `--report-exclude-env`.
 */
export function reportFatalErrors(folder: string): void {
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report
  // The app's owner has his own idea of it (NODE_OPTIONS=--report-on-fatalerror).
  if (report.reportOnFatalError) return
  report.directory = folder
  report.filename = `worker-${process.pid}.json`
  report.compact = true
  report.excludeNetwork = true
  report.reportOnFatalError = true
}
