type Class = abstract new (...args: never[]) => object

/** What `@one @two class ...` does, without the syntax: no test runner needs to be set up for it. */
export function decorateClass(target: Class, ...decorators: readonly ClassDecorator[]): void {
  for (const decorate of decorators) decorate(target)
}

/** What `@one @two method(@first a, @second b)` does. */
export function decorateMethod(
  { prototype }: Class,
  name: string,
  decorators: readonly MethodDecorator[],
  parameters: readonly ParameterDecorator[] = [],
): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor
  for (const decorate of decorators) decorate(prototype, name, descriptor)
  parameters.forEach((decorate, index) => decorate(prototype, name, index))
}
