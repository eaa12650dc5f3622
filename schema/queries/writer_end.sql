UPDATE writer SET ended = number
