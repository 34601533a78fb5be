"""Makes the database that its argument names: products with stock, one that is sold out, a member of staff."""

import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
os.environ["SHOP_DATABASE"] = sys.argv[1]
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from oscar.core.loading import get_model  # noqa: E402

call_command("migrate", verbosity=0)
get_user_model().objects.create_superuser("staff", "staff@shop.example", "staff")
get_model("address", "Country").objects.create(iso_3166_1_a2="JP", printable_name="Japan", name="Japan", is_shipping_country=True)
partner = get_model("partner", "Partner").objects.create(name="Warehouse")
kind = get_model("catalogue", "ProductClass").objects.create(name="Goods", requires_shipping=False, track_stock=True)
for number, stock in enumerate([2, 0, 1_000_000], start=1):
    product = get_model("catalogue", "Product").objects.create(
        id=number, title=f"Product {number}", upc=f"product-{number}", product_class=kind
    )
    get_model("partner", "StockRecord").objects.create(
        id=number, product=product, partner=partner, partner_sku=f"sku-{number}", price=400, num_in_stock=stock
    )
