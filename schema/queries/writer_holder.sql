SELECT holder FROM writer
