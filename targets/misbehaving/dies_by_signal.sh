#!/bin/sh
# Says something and dies like a program with a memory fault.
echo 'reading the instance'
kill -SEGV $$
