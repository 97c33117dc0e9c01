"""What the files of a project deploy: names of stacks and functions, read from the folder alone.

Who reads them asks `slsloggrep.project.folder`, which is loaded only where a project is named.
"""

from slsloggrep.project.deployment import Deployment, FunctionName, describe

__all__ = ["Deployment", "FunctionName", "describe"]
