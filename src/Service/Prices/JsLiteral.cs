using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlmTelemetry.Service;

/// <summary>
/// Reads data that a package keeps as an array in its JavaScript, as JSON. Only literals are understood: nothing of a package is ever run.
/// </summary>
internal sealed partial class JsLiteral
{
    private const int Deepest = 64;

    private readonly string _text;
    private readonly Utf8JsonWriter _json;
    private int _at;

    private JsLiteral(string text, int at, Utf8JsonWriter json) => (_text, _at, _json) = (text, at, json);

    /// <summary>The arrays of objects with an id that stand in the text, outermost first, as far as they are pure data.</summary>
    public static IEnumerable<byte[]> Arrays(string text)
    {
        var at = 0;
        while (ArrayOfObjects().Match(text, at) is { Success: true } start)
        {
            at = start.Index;
            if (TryRead(text, ref at) is { } json)
            {
                yield return json;
            }
        }
    }

    // Goes on behind the array, or behind its start where it is not pure data.
    private static byte[]? TryRead(string text, ref int at)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        var literal = new JsLiteral(text, at, json);
        try
        {
            literal.Value(0);
        }
        catch (Exception cause) when (cause is FormatException or ArgumentException) // No literal, or a text that is no Unicode.
        {
            at++;
            return null;
        }

        at = literal._at;
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private void Value(int depth)
    {
        Require(depth < Deepest);
        switch (Peek())
        {
            case '[':
                Items(depth);
                break;
            case '{':
                Fields(depth);
                break;
            case '"' or '\'' or '`':
                _json.WriteStringValue(Quoted());
                break;
            case '!':
                _at++;
                var digit = Peek();
                Require(digit is '0' or '1');
                _at++;
                _json.WriteBooleanValue(digit == '0');
                break;
            default:
                Word();
                break;
        }
    }

    private void Items(int depth)
    {
        _at++;
        _json.WriteStartArray();
        while (Peek() != ']')
        {
            Value(depth + 1);
            Comma(']');
        }

        _at++;
        _json.WriteEndArray();
    }

    private void Fields(int depth)
    {
        _at++;
        _json.WriteStartObject();
        while (Peek() != '}')
        {
            _json.WritePropertyName(_text[_at] is '"' or '\'' ? Quoted() : Name().ToString());
            Require(Peek() == ':');
            _at++;
            Value(depth + 1);
            Comma('}');
        }

        _at++;
        _json.WriteEndObject();
    }

    // A comma may follow the last one, too.
    private void Comma(char end)
    {
        if (Peek() == ',')
        {
            _at++;
        }
        else
        {
            Require(Peek() == end);
        }
    }

    private void Word()
    {
        var word = Name();
        switch (word)
        {
            case "true" or "false":
                _json.WriteBooleanValue(word is "true");
                break;
            case "null" or "undefined":
                _json.WriteNullValue();
                break;
            default:
                Require(decimal.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number));
                _json.WriteNumberValue(number);
                break;
        }
    }

    private ReadOnlySpan<char> Name()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '_' or '$' or '.' or '-' or '+'))
        {
            _at++;
        }

        Require(_at > start);
        return _text.AsSpan(start, _at - start);
    }

    private string Quoted()
    {
        var quote = _text[_at++];
        var value = new StringBuilder();
        for (; _at < _text.Length && _text[_at] != quote; _at++)
        {
            Require(quote != '`' || _text[_at] != '$' || _at + 1 == _text.Length || _text[_at + 1] != '{');
            value.Append(_text[_at] == '\\' ? Escaped() : _text[_at].ToString());
        }

        Require(_at < _text.Length);
        _at++;
        return value.ToString();
    }

    // Leaves the place at the last character of the escape.
    private string Escaped()
    {
        Require(++_at < _text.Length);
        return _text[_at] switch
        {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'b' => "\b",
            'f' => "\f",
            'v' => "\v",
            '0' => "\0",
            '\n' => "",
            'x' => Hex(2),
            'u' when _at + 1 < _text.Length && _text[_at + 1] == '{' => throw new FormatException(),
            'u' => Hex(4),
            var other => other.ToString(),
        };
    }

    private string Hex(int digits)
    {
        var code = 0;
        Require(_at + digits < _text.Length && int.TryParse(_text.AsSpan(_at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out code));
        _at += digits;
        return ((char)code).ToString();
    }

    private char Peek()
    {
        while (_at < _text.Length && (char.IsWhiteSpace(_text[_at]) || _text[_at] == '/'))
        {
            _at = _text[_at] == '/' ? EndOfComment() : _at + 1;
        }

        Require(_at < _text.Length);
        return _text[_at];
    }

    private int EndOfComment()
    {
        var end = _text.AsSpan(_at).StartsWith("//") ? "\n" : "*/";
        Require(end == "\n" || _text.AsSpan(_at).StartsWith("/*"));
        var found = _text.IndexOf(end, _at + 2, StringComparison.Ordinal);
        Require(found >= 0);
        return found + end.Length;
    }

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new FormatException();
        }
    }

    [GeneratedRegex("""\[\s*\{\s*["']?id["']?\s*:""", RegexOptions.CultureInvariant)]
    private static partial Regex ArrayOfObjects();
}
