# SPDX-License-Identifier: Apache-2.0


class ModuleDocFragment:
    DOCUMENTATION = r'''
options:
  root:
    description:
      - A directory on the host that holds the tree of an image, or a record of a host, to look at
        instead of the host itself.
    type: path
  executable:
    description:
      - The program, where it is in no search path. C(/usr/local/sbin) and C(/usr/local/bin) are
        searched too.
    type: path
  timeout:
    description:
      - Seconds after which the program is ended. What it began is completed by the next run.
    type: int
    default: 600
requirements:
  - rpod on the host
  - Python 3.6 on the host
'''
