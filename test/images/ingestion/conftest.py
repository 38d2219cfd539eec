import sys
from pathlib import Path

for image in ("steps", "ingestion"):
    sys.path.insert(0, str(Path(__file__).parents[3] / "images" / image / "programs"))
