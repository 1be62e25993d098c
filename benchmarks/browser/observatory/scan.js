// Scan pages of a host that is served on this machine; print what Observatory says, as JSON.
//     node scan.js HOST HTTP_PORT HTTPS_PORT PATH...
// Whatever it connects to is this machine: nothing leaves it.
import fs from "node:fs";
import http from "node:http";
import https from "node:https";

const [host, httpPort, httpsPort, ...paths] = process.argv.slice(2);

const lead = (agent, port) => {
  const connect = agent.prototype.createConnection;
  agent.prototype.createConnection = function (options, done) {
    const here = { ...options, host: "127.0.0.1", port: Number(port), servername: host };
    return connect.call(this, here, done);
  };
};
lead(http.Agent, httpPort);
lead(https.Agent, httpsPort);

// The list of sites that browsers know as https only, which is fetched after an installation.
// Nobody is on it here: it would be worth five points more.
const library = import.meta.resolve("@mdn/mdn-http-observatory");
fs.writeFileSync(new URL("../conf/hsts-preload.json", library), "{}");
const { scan } = await import("@mdn/mdn-http-observatory");

const found = {};
for (const path of paths) {
  const { scan: sum, tests } = await scan(host + path);
  found[path] = {
    score: sum.score,
    grade: sum.grade,
    tests: Object.fromEntries(
      Object.entries(tests).map(([name, { result, scoreModifier, pass }]) => [
        name,
        { result, points: scoreModifier, pass },
      ]),
    ),
  };
}
console.log(JSON.stringify(found));
