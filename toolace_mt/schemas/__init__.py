"""JSON Schema without knowledge of tools: paths, normal form, checks, drawing, narrowing."""
