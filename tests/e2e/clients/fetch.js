// fetch.js URL CAFILE [insecure] - program that prints a page with node
'use strict';
const fs = require('fs');
const https = require('https');

const [url, cafile, insecure] = process.argv.slice(2);
const options = {
  ca: fs.readFileSync(cafile),
  rejectUnauthorized: insecure !== 'insecure',
  timeout: 20000,
};
https.get(url, options, (response) => response.pipe(process.stdout))
  .on('timeout', function () { this.destroy(new Error('timeout')); })
  .on('error', (error) => {
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = 1;
  });
