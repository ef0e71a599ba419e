'use strict'
// Another maker's client: connects, reads one node and writes one if asked to, says in one line of JSON what came of it.
//
//   node client.js --url URL --pki FOLDER --policy P --node ID [--certificate PEM --key PEM] [--user U --password P]
//                  [--write NUMBER]

const path = require('node:path')
const { parseArgs } = require('node:util')
const { OPCUACertificateManager } = require('node-opcua-certificate-manager')
const { AttributeIds, OPCUAClient, UserTokenType } = require('node-opcua-client')
const { MessageSecurityMode, SecurityPolicy } = require('node-opcua-secure-channel')

const NAMES = ['url', 'pki', 'policy', 'node', 'certificate', 'key', 'user', 'password', 'write']
const { values: wanted } = parseArgs({ options: Object.fromEntries(NAMES.map((name) => [name, { type: 'string' }])) })

async function main() {
  const store = new OPCUACertificateManager({ rootFolder: wanted.pki, automaticallyAcceptUnknownCertificate: true })
  await store.initialize()
  const plain = wanted.policy === 'None'
  const client = OPCUAClient.create({
    applicationName: 'Peer',
    applicationUri: 'urn:sdanlegg:collector',
    securityMode: plain ? MessageSecurityMode.None : MessageSecurityMode.SignAndEncrypt,
    securityPolicy: SecurityPolicy[wanted.policy],
    clientCertificateManager: store,
    certificateFile: wanted.certificate ?? path.join(wanted.pki, 'peer.pem'),
    privateKeyFile: wanted.key ?? store.privateKey,
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 0, initialDelay: 100 },
    transportTimeout: 20000,
  })
  const user =
    wanted.user === undefined
      ? { type: UserTokenType.Anonymous }
      : { type: UserTokenType.UserName, userName: wanted.user, password: wanted.password }
  try {
    await client.connect(wanted.url)
    const session = await client.createSession(user)
    const namespaces = await session.readNamespaceArray()
    const [, uri, identifier] = /^nsu=(.*);(s=.*)$/.exec(wanted.node)
    const nodeId = `ns=${namespaces.indexOf(uri)};${identifier}`
    const answer = {}
    if (wanted.write !== undefined) {
      const value = { value: { dataType: 'Double', value: Number(wanted.write) } }
      answer.wrote = (await session.write({ nodeId, attributeId: AttributeIds.Value, value })).name
    }
    const read = await session.read({ nodeId, attributeId: AttributeIds.Value })
    await session.close()
    await client.disconnect()
    return { ...answer, value: read.value.value, status: read.statusCode.name }
  } catch (error) {
    await client.disconnect().catch(() => undefined)
    return { refused: String(error.message) }
  }
}

main().then((answer) => {
  console.log(JSON.stringify(answer))
  process.exit(0)
})
