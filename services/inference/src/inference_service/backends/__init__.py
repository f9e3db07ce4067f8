"""What runs a model."""

import os

# before ONNX Runtime is imported: its official builds tell their maker of what they run, and write a database into the home
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
