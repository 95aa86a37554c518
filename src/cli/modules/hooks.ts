/**
 * What we change about the loading of modules from now on, on either runtime. Nothing of it can be
 * taken back.
 */
export interface ModuleHooks {
  /** Whoever imports `name` gets the module at `url`. */
  alias(name: string, url: string): void
  /**
   * Modules at the same path but of another version are different modules, each read from disk
   * anew. A file for which `versionOf` returns undefined stays as it is.
   */
  version(versionOf: (path: string) => string | undefined): void
  /** What loading a module threw, with a `stack` that tells the place also of a syntax error. */
  failure(thrown: unknown): unknown
  /** Makes JavaScript for browsers of TypeScript. @throws Error that says what is wrong with it */
  stripTypes(source: string): string
}
