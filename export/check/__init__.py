"""What is wrong or doubtful in finished annotations, and what can be mended by itself."""
