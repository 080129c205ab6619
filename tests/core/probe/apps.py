"""The probe in the place of `marketplace.ops`, whose jobs need every app: it fills the beat alike."""

from marketplace.ops.apps import OpsConfig


class ProbeConfig(OpsConfig):
    """Loaded last, too."""

    default = True
    name = "tests.core.probe"
    label = "probe"
