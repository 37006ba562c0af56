// Copies what vendor.json names out of node_modules into api/static/vendor/<package>/,
// with each package's licence beside it, and writes manifest.json: the one list from
// which the server and the build hook know every file, its version and its checksum.
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const web = dirname(fileURLToPath(import.meta.url))
const vendor = join(web, '..', 'api', 'static', 'vendor')
// The build hook hashes the same files in the same order to tell whether to build again.
const INPUTS = ['package-lock.json', 'vendor.json', 'vendor.mjs']

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex')
const read = (...path) => readFileSync(join(...path))

function copyPackage([name, wanted]) {
  const source = join(web, 'node_modules', name)
  const { version, license } = JSON.parse(read(source, 'package.json'))
  const folder = name.replace(/^@/, '').replace('/', '-')
  const copy = (file) => {
    const target = `${folder}/${file.replace(/^dist\//, '')}`
    mkdirSync(dirname(join(vendor, target)), { recursive: true })
    cpSync(join(source, file), join(vendor, target))
    return { path: target, sha256: sha256(read(vendor, target)) }
  }
  return {
    name,
    version,
    licence: license,
    licence_file: copy(wanted.licence).path,
    scripts: (wanted.scripts ?? []).map(copy),
    styles: (wanted.styles ?? []).map(copy),
    others: (wanted.others ?? []).map(copy),
  }
}

rmSync(vendor, { recursive: true, force: true })
mkdirSync(vendor, { recursive: true })
const packages = Object.entries(JSON.parse(read(web, 'vendor.json'))).map(copyPackage)
// Written last: a build that broke off leaves no manifest and is done again.
const manifest = { inputs: sha256(...INPUTS.map((file) => read(web, file))), packages }
writeFileSync(join(vendor, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
