/** What one number of the results says. */
export interface Quantity {
  readonly name: string
  readonly unit: 'requests/s' | 'requests' | 'ms' | 's' | 'µs' | '%' | 'MB' | 'max/mean'
  readonly better: 'higher' | 'lower'
}
