"""The configuration, and what all rules take from it."""

from snakemake.exceptions import WorkflowError

from resound.config.load import load, shipped_files
from resound.errors import UserError
from resound.workflow.checkout import put_on_path
from resound.workflow.project import Project
from resound.workflow.resources import scaled
from resound.workflow.settings import no_settings
from resound.workflow.wildcards import one_of

# Jobs import `resound` from this checkout too.
put_on_path()

# Files given on the command line overlay the one that the Snakefile names.
OVERLAYS = list(workflow.overwrite_configfiles)
CONFIG_FILES = [
    file for file in workflow.configfiles if file not in OVERLAYS
] + OVERLAYS
SHIPPED = shipped_files()
try:
    CONFIG = load(config, CONFIG_FILES, SHIPPED, workflow.config_settings.config)
except UserError as error:
    raise WorkflowError(str(error)) from None

PROJECT = Project(CONFIG, files=[*SHIPPED, *CONFIG_FILES])
CODE = PROJECT.code

# How work is spread is no setting of a stage: scripts read it here, and nothing is stale by it.
config["pool"] = CONFIG.pool
config["gpus_per_device"] = CONFIG.gpus_per_device


wildcard_constraints:
    corpus="[a-z0-9_]+",
    features="[a-z0-9_]+",
    split="[a-z0-9_]+",
    experiment="[a-z0-9_]+",
    benchmark="[a-z0-9_]+",
    study="[a-z0-9_]+",
    model="[a-z0-9_]+",
    seed="[0-9]+",
    shard="[0-9]+",
    shards="[0-9]+",
    transcript="[^/]+",
