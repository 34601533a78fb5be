"""Serves the shop at the address that is its argument."""

import os
import sys

import waitress
from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
waitress.serve(get_wsgi_application(), listen=sys.argv[1], threads=8)
