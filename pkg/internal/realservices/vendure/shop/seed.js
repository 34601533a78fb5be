// Makes the database that its argument names: products with stock, one that is sold out, a payment and a shipping method.
const path = require("path");
const { bootstrap } = require("@vendure/core");
const { populate } = require("@vendure/core/cli");
const { config } = require("./config");

const data = {
  defaultLanguage: "en",
  defaultZone: "Asia",
  countries: [{ name: "Japan", code: "JP", zone: "Asia" }],
  taxRates: [{ name: "Standard Tax", percentage: 0 }],
  shippingMethods: [{ name: "Standard Shipping", price: 0 }],
  paymentMethods: [
    {
      name: "Dummy Payment",
      handler: { code: "dummy-payment-handler", arguments: [{ name: "automaticSettle", value: "true" }] },
    },
  ],
  collections: [],
};

populate(() => bootstrap(config({ database: process.argv[2], port: 0, synchronize: true })), data, path.join(__dirname, "products.csv"))
  .then((app) => app.close())
  .then(() => process.exit(0))
  .catch((err) => {
    console.error(err);
    process.exit(1);
  });
