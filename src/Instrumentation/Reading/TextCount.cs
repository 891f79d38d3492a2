using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>How much text went by, piece by piece. No text is kept. What is not text (images, audio) is not counted.</summary>
/// <param name="prompt">What this is an answer to, if it is one.</param>
internal sealed class TextCount(PromptText? prompt = null)
{
    // What a tool takes and gives back may be nested, and may refer to itself.
    private const int MaxDepth = 8;

    private long _ascii;
    private long _others;

    /// <summary>The tokens that this is, by the rule of thumb of <see cref="CostCalculator.TokensOf(ReadOnlySpan{char})"/>.</summary>
    public long Tokens => CostCalculator.TokensOf(_ascii, _others);

    public PromptText? Prompt => prompt;

    public void Reset() => (_ascii, _others) = (0, 0);

    public void Add(ReadOnlySpan<char> text)
    {
        var ascii = 0;
        foreach (var character in text)
        {
            ascii += char.IsAscii(character) ? 1 : 0;
        }

        _ascii += ascii;
        _others += text.Length - ascii;
    }

    public void Add(IList<AIContent> contents)
    {
        for (var i = 0; i < contents.Count; i++)
        {
            Add(contents[i], MaxDepth);
        }
    }

    private void Add(AIContent content, int depth)
    {
        switch (content)
        {
            case TextContent text:
                Add(text.Text);
                break;
            case TextReasoningContent reasoning:
                Add(reasoning.Text);
                break;
            case FunctionCallContent call:
                Add(call.Name);
                AddValue(call.Arguments, depth);
                break;
            case FunctionResultContent result:
                AddValue(result.Result, depth);
                break;
        }
    }

    private void AddValue(object? value, int depth)
    {
        switch (value)
        {
            case string text:
                Add(text);
                break;
            case JsonElement element:
                Add(element.ValueKind is JsonValueKind.Undefined ? "" : element.GetRawText());
                break;
            case JsonNode node:
                Add(node.ToJsonString());
                break;
            case AIContent content when depth > 0:
                Add(content, depth - 1);
                break;
            case IFormattable formattable:
                Add(formattable.ToString(null, CultureInfo.InvariantCulture));
                break;
            case bool flag:
                Add(flag ? "true" : "false");
                break;
            case ICollection<KeyValuePair<string, object?>> pairs when depth > 0:
                foreach (var (key, part) in pairs)
                {
                    Add(key);
                    AddValue(part, depth - 1);
                }

                break;
            case IEnumerable parts and (ICollection or IReadOnlyCollection<object?>) when depth > 0: // Other sequences may be walked once, by the client.
                foreach (var part in parts)
                {
                    AddValue(part, depth - 1);
                }

                break;
        }
    }
}
