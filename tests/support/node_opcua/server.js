'use strict'
// A controller made with another maker's stack than asyncua: nested objects, node ids of all four kinds, bad and
// uncertain values, old source times, small limits. Reads one JSON command a line and answers each with a line.
//
//   node server.js --port N --pki FOLDER [--moved] [--secure] [--trust CLIENT.der]

const path = require('node:path')
const fs = require('node:fs')
const readline = require('node:readline')
const { parseArgs } = require('node:util')
const { OPCUACertificateManager } = require('node-opcua-certificate-manager')
const { nodesets } = require('node-opcua-nodesets')
const { MessageSecurityMode, SecurityPolicy } = require('node-opcua-secure-channel')
const { OPCUAServer } = require('node-opcua-server')
const { StatusCodes } = require('node-opcua-status-code')

const URI = 'http://maker.example/floor'
const OTHER_URI = 'http://maker.example/lift'
const LONG_AGO = new Date('2019-05-17T06:30:00Z')
const GUID = 'g=0f3a1c52-9d7e-4b60-8a11-5c2e7d904f6b'
const OPAQUE = 'b=U2V0cG9pbnQ=' // "Setpoint"

// identifier: parent folder, name, type, value, status, source time
const NODES = {
  'i=70001': ['Drive', 'Height', 'Double', 1.25],
  'i=70002': ['Drive', 'Current', 'Float', 7.5],
  'i=70003': ['Drive', 'Starts', 'UInt32', 4000000001],
  's=Floor.Drive.Mode': ['Drive', 'Mode', 'Int16', -3],
  's=Floor.Safety.Closed': ['Safety', 'Closed', 'Boolean', true],
  's=Floor.Safety.Text': ['Safety', 'Text', 'String', 'Låst; nivå = 2'],
  's=Floor.Safety.Broken': ['Safety', 'Broken', 'Double', 5, StatusCodes.BadSensorFailure],
  's=Floor.Safety.Lost': ['Safety', 'Lost', 'Double', 5, StatusCodes.BadNoCommunication],
  's=Floor.Safety.Last': ['Safety', 'Last', 'Double', 6.5, StatusCodes.UncertainLastUsableValue],
  's=Floor.Safety.Old': ['Safety', 'Old', 'Double', 7.5, StatusCodes.Good, LONG_AGO],
  's=Floor.Safety.List': ['Safety', 'List', 'Double', [1, 2]],
  [GUID]: ['Safety', 'Guid', 'Int16', 12],
  [OPAQUE]: ['Drive', 'Setpoint', 'Double', 40],
}

function options() {
  const text = { type: 'string' }
  const flag = { type: 'boolean', default: false }
  return parseArgs({ options: { port: text, pki: text, trust: text, moved: flag, secure: flag } }).values
}

function addFloor(space, uri, value) {
  const namespace = space.registerNamespace(uri)
  const floor = namespace.addObject({ organizedBy: space.rootFolder.objects, browseName: `Floor ${namespace.index}` })
  const folders = {}
  const variables = {}
  for (const [identifier, [folder, name, dataType, own, status, source]] of Object.entries(NODES)) {
    folders[folder] ??= namespace.addObject({ componentOf: floor, browseName: folder })
    const shown = value === undefined ? own : other(dataType, own, value)
    const variable = namespace.addVariable({
      componentOf: folders[folder],
      browseName: name,
      nodeId: `ns=${namespace.index};${identifier}`,
      dataType,
      valueRank: Array.isArray(shown) ? 1 : -1,
      accessLevel: identifier === OPAQUE ? 'CurrentRead | CurrentWrite' : 'CurrentRead',
    })
    variable.setValueFromSource(variant(dataType, shown), status ?? StatusCodes.Good, source ?? new Date())
    variables[identifier] = variable
  }
  return variables
}

function variant(dataType, value) {
  return Array.isArray(value) ? { dataType, arrayType: 'Array', value } : { dataType, value }
}

// What another module's node of the same identifier holds.
function other(dataType, own, value) {
  if (Array.isArray(own)) return own.map(() => value)
  if (dataType === 'String') return String(value)
  if (dataType === 'Boolean') return false
  return dataType === 'UInt32' ? Math.abs(value) : value
}

function obey(variables) {
  console.log('done')
  const lines = readline.createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    const { set, value, type, status, source } = JSON.parse(line)
    const when = source === undefined ? new Date() : new Date(source)
    variables[set].setValueFromSource(variant(type, value), StatusCodes[status ?? 'Good'], when)
    console.log('done')
  })
  lines.on('close', () => process.exit(0))
}

async function certificates(rootFolder, trust) {
  const store = new OPCUACertificateManager({ rootFolder, automaticallyAcceptUnknownCertificate: false })
  await store.initialize()
  if (trust !== undefined) await store.trustCertificate(fs.readFileSync(trust))
  return store
}

async function main() {
  const wanted = options()
  const security = wanted.secure
    ? {
        securityPolicies: [SecurityPolicy.Basic256Sha256, SecurityPolicy.Aes256_Sha256_RsaPss],
        securityModes: [MessageSecurityMode.SignAndEncrypt],
        allowAnonymous: false,
      }
    : { securityPolicies: [SecurityPolicy.None], securityModes: [MessageSecurityMode.None] }
  const server = new OPCUAServer({
    host: '127.0.0.1',
    port: Number(wanted.port),
    hostname: '127.0.0.1',
    resourcePath: '/UA/Floor',
    nodeset_filename: [nodesets.standard],
    serverCertificateManager: await certificates(wanted.pki, wanted.trust),
    userCertificateManager: await certificates(path.join(wanted.pki, 'users')),
    userManager: { isValidUser: (user, password) => user === 'energi' && password === 'svømmehall' },
    serverCapabilities: { operationLimits: { maxNodesPerRead: 4, maxMonitoredItemsPerCall: 2 } },
    ...security,
  })
  await server.initialize()
  fs.copyFileSync(server.certificateFile, path.join(wanted.pki, 'server.pem'))
  const space = server.engine.addressSpace
  if (wanted.moved) addFloor(space, OTHER_URI, -999)
  const variables = addFloor(space, URI)
  await server.start()
  obey(variables)
}

main()
