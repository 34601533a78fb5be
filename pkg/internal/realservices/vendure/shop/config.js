// The configuration of a shop with Vendure's own defaults, on SQLite.
const { DefaultLogger, dummyPaymentHandler, LogLevel } = require("@vendure/core");

exports.config = ({ database, port, synchronize }) => ({
  apiOptions: { hostname: "127.0.0.1", port, adminApiPath: "admin-api", shopApiPath: "shop-api" },
  authOptions: {
    tokenMethod: ["bearer", "cookie"],
    superadminCredentials: { identifier: "superadmin", password: "superadmin" },
    cookieOptions: { secret: "for tests only" },
    requireVerification: false,
  },
  dbConnectionOptions: { type: "better-sqlite3", database, synchronize, logging: false },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  logger: new DefaultLogger({ level: LogLevel.Warn, timestamp: false }),
  plugins: [],
});
