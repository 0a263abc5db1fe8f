"""Prints the OpenAPI description: ``python -m cinema.main.reference``."""

import json
import sys

from cinema.main.reference import description

json.dump(description(), sys.stdout, ensure_ascii=False, indent=1)
