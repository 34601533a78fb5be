// Serves the shop from the database that is its first argument, at the port that is its second.
const { bootstrap } = require("@vendure/core");
const { config } = require("./config");

bootstrap(config({ database: process.argv[2], port: Number(process.argv[3]), synchronize: false })).catch((err) => {
  console.error(err);
  process.exit(1);
});
