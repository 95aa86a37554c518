import type { TypeDescriptor } from '../../../schema/index.ts'
import {
  fieldsEditor,
  listEditor,
  mapEditor,
  optionalEditor,
  recordEditor,
  unionEditor,
} from './compound.ts'
import type { Editor, EditorContext } from './editor.ts'
import {
  angleEditor,
  boolEditor,
  bytesEditor,
  choiceEditor,
  entityEditor,
  fixedEditor,
  numberEditor,
  textEditor,
  unknownEditor,
} from './plain.ts'

const numbers: readonly string[] = 'u8 u16 u32 i8 i16 i32 f32 f64 varint'.split(' ')

/** An editor for any type. */
function makeEditor(type: TypeDescriptor, label: string, context: EditorContext): Editor {
  switch (type.kind) {
    case 'bool':
      return boolEditor(label)
    case 'fixed':
      return fixedEditor(type, label)
    case 'angle':
      return angleEditor(type, label)
    case 'text':
      return textEditor(type, label)
    case 'bytes':
      return bytesEditor(type, label)
    case 'choice':
      return choiceEditor(type, label)
    case 'entityId':
      return entityEditor(label, context)
    case 'optional':
    case 'ownOnly':
      return optionalEditor(type.of, label, context, makeEditor)
    case 'record':
      return recordEditor(type, label, context, makeEditor)
    case 'list':
      return listEditor(type, label, context, makeEditor)
    case 'map':
      return mapEditor(type, label, context, makeEditor)
    case 'union':
      return unionEditor(type, label, context, makeEditor)
    default:
      return numbers.includes(type.kind) ? numberEditor(type, label) : unknownEditor(type, label)
  }
}

/** An editor for what a call, command or join takes. */
export function inputEditor(type: TypeDescriptor, context: EditorContext): Editor {
  return type.kind === 'record'
    ? fieldsEditor(type, context, makeEditor)
    : makeEditor(type, 'input', context)
}

/** Whether there is anything to fill in. */
export function hasFields(type: TypeDescriptor | undefined): boolean {
  return type !== undefined && !(type.kind === 'record' && type.fields.length === 0)
}
