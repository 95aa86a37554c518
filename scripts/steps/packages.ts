import { type ProjectFile, projectFiles } from '../lib/project.ts'
import { inspection } from '../lib/step.ts'

interface Lockfile {
  readonly packages: Readonly<
    Record<string, { readonly hasInstallScript?: boolean; readonly resolved?: string }>
  >
}

interface Manifest {
  readonly allowScripts?: Readonly<Record<string, boolean>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/**
 * Exact versions, no address of a registry in a lockfile, and install scripts only of the packages
 * that are named.
 */
export const packages = inspection('packages', () => {
  const manifests = projectFiles('package.json', 'bench/package.json')
  const lockfiles = projectFiles('package-lock.json', 'bench/package-lock.json')
  return manifests.flatMap((manifest) => {
    const path = manifest.path.replace('package.json', 'package-lock.json')
    const lockfile = lockfiles.find((file) => file.path === path)
    return lockfile ? packageProblems(manifest, lockfile) : [`${path} is missing`]
  })
})

/** What is wrong with one package.json and its lockfile, a line each. */
export function packageProblems(manifestFile: ProjectFile, lockFile: ProjectFile): string[] {
  const manifest: Manifest = JSON.parse(manifestFile.text)
  const lock: Lockfile = JSON.parse(lockFile.text)
  // A name with `false` is a decision too: npm then leaves its script out.
  const allowed = Object.keys(manifest.allowScripts ?? {})
  const entries = Object.entries(lock.packages).filter(([path]) => path !== '')
  const scripted = entries.flatMap(([path, entry]) =>
    entry.hasInstallScript ? [nameOf(path)] : [],
  )
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
  return [
    ...scripted
      .filter((name) => !allowed.includes(name))
      .map(
        (name) => `${lockFile.path}: ${name} has an install script; allowScripts does not name it`,
      ),
    ...allowed
      .filter((name) => !scripted.includes(name))
      .map(
        (name) => `${manifestFile.path}: allowScripts names ${name}, which has no install script`,
      ),
    ...entries
      .filter(([, entry]) => /^https?:/.test(entry.resolved ?? ''))
      .map(([path]) => `${lockFile.path}: ${path} names the address of a registry`),
    ...versions
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$|^file:/.test(version))
      .map(([name, version]) => `${manifestFile.path}: ${name}@${version} is no exact version`),
  ]
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}
