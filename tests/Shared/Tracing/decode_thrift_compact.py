"""Decodes Thrift compact messages with Apache's own library and no knowledge of any schema.

Reads one message a line from standard input, in hexadecimal. Prints a JSON array with, for each, its name, type and fields;
a struct is an object of field ids, bytes that are no UTF-8 are {"hex": ...}.
"""
import json
import sys

from thrift.Thrift import TType
from thrift.protocol.TCompactProtocol import TCompactProtocol
from thrift.transport.TTransport import TMemoryBuffer


def read_value(protocol, field_type):
    if field_type == TType.STRUCT:
        return read_struct(protocol)
    if field_type == TType.LIST:
        element_type, count = protocol.readListBegin()
        elements = [read_value(protocol, element_type) for _ in range(count)]
        protocol.readListEnd()
        return elements
    if field_type == TType.STRING:
        data = protocol.readBinary()
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return {"hex": data.hex()}
    readers = {
        TType.BOOL: protocol.readBool,
        TType.I32: protocol.readI32,
        TType.I64: protocol.readI64,
        TType.DOUBLE: protocol.readDouble,
    }
    return readers[field_type]()


def read_struct(protocol):
    fields = {}
    protocol.readStructBegin()
    while True:
        _, field_type, field_id = protocol.readFieldBegin()
        if field_type == TType.STOP:
            break
        fields[str(field_id)] = read_value(protocol, field_type)
        protocol.readFieldEnd()
    protocol.readStructEnd()
    return fields


def read_message(data):
    transport = TMemoryBuffer(data)
    protocol = TCompactProtocol(transport)
    name, message_type, _ = protocol.readMessageBegin()
    fields = read_struct(protocol)
    protocol.readMessageEnd()
    left = len(transport.read(len(data) + 1))
    return {"name": name, "type": message_type, "fields": fields, "left": left}


json.dump([read_message(bytes.fromhex(line.strip())) for line in sys.stdin if line.strip()], sys.stdout)
