-- Roles for the service, the fleet and the owner of their tables. Run it once, as a superuser, in a database called sagalab.
-- Passwords are set apart from it, for example with psql's \password.
CREATE ROLE sagalab_owner LOGIN;
CREATE ROLE sagalab_service LOGIN;
CREATE ROLE sagalab_fleets NOLOGIN; -- what every fleet may do
CREATE ROLE sagalab_fleet LOGIN IN ROLE sagalab_fleets; -- one fleet; another one, apart from it: CREATE ROLE … LOGIN IN ROLE sagalab_fleets
REVOKE ALL ON DATABASE sagalab FROM PUBLIC; -- CONNECT and TEMPORARY
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CONNECT ON DATABASE sagalab TO sagalab_owner, sagalab_service, sagalab_fleets;

-- The schemas exist, so that not even their owner needs CREATE on the database.
CREATE SCHEMA sagalab_orders AUTHORIZATION sagalab_owner;
CREATE SCHEMA sagalab_stock AUTHORIZATION sagalab_owner;
CREATE SCHEMA sagalab_payments AUTHORIZATION sagalab_owner;
CREATE SCHEMA sagalab_engine AUTHORIZATION sagalab_owner;
CREATE SCHEMA sagalab_fleet AUTHORIZATION sagalab_owner;
CREATE SCHEMA sagalab_fleet_engine AUTHORIZATION sagalab_owner;
GRANT USAGE ON SCHEMA sagalab_orders, sagalab_stock, sagalab_payments, sagalab_engine TO sagalab_service;
GRANT USAGE ON SCHEMA sagalab_fleet, sagalab_fleet_engine TO sagalab_fleets;

-- Tables that the owner makes there, now or later: the others may read and write rows, and alter nothing.
ALTER DEFAULT PRIVILEGES FOR ROLE sagalab_owner IN SCHEMA sagalab_orders, sagalab_stock, sagalab_payments, sagalab_engine
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO sagalab_service;
ALTER DEFAULT PRIVILEGES FOR ROLE sagalab_owner IN SCHEMA sagalab_orders, sagalab_stock, sagalab_payments
  GRANT TRUNCATE ON TABLES TO sagalab_service; -- a new fixture drops all orders
ALTER DEFAULT PRIVILEGES FOR ROLE sagalab_owner IN SCHEMA sagalab_fleet, sagalab_fleet_engine
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO sagalab_fleets; -- of the rows, each role sees its own (sagalab migrate)
