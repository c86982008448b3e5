// fetch_host.js HOST PORT CAFILE [unchecked] - program that prints a page of 127.0.0.1 with node, under the name HOST
// as it stands, which URL would have rewritten. unchecked: node does not compare the certificate's names
'use strict';
const fs = require('fs');
const https = require('https');

const [host, port, cafile, unchecked] = process.argv.slice(2);
const options = {
  host,
  port,
  ca: fs.readFileSync(cafile),
  lookup: (name, { all }, done) =>
    all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
  timeout: 20000,
};
if (unchecked === 'unchecked') {
  options.checkServerIdentity = () => undefined;
}
https.get(options, (response) => response.pipe(process.stdout))
  .on('timeout', function () { this.destroy(new Error('timeout')); })
  .on('error', (error) => {
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = 1;
  });
