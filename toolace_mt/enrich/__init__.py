"""What weak pools lack, written once per tool: `returns`, examples of values, usage exchanges."""
