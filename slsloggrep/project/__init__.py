"""What the files of a project deploy: names of stacks and functions, read from the folder alone."""

from slsloggrep.project.deployment import Deployment, FunctionName, describe
from slsloggrep.project.folder import read_project

__all__ = ["Deployment", "FunctionName", "describe", "read_project"]
