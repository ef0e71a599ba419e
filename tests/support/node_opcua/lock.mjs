// The lock file names no host: .npmrc leaves out where packages were resolved, this takes away the funding links.
import { readFileSync, writeFileSync } from 'node:fs'

const path = new URL('package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(path, 'utf8'))
for (const entry of Object.values(lock.packages)) delete entry.funding
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
