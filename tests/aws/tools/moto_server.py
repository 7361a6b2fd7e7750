"""Moto as a server that takes a template as CloudFormation does.

Moto asks cfn-lint about each template, and refuses one for a warning. The run asks cfn-lint itself, once.
"""

import sys

from moto.cloudformation import models
from moto.server import main

models.validate_template_cfn_lint = lambda template: []
main(sys.argv[1:])
