using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Writes the answers of <c>llmtelemetry price --jsonl</c>, many lines at a time. Amounts are plain decimals in text: exact, without an exponent.</summary>
internal sealed class PriceAnswers(TextWriter output, string priceVersion) : IDisposable
{
    public const string InvalidLine = "invalid_line";
    public const string InvalidUsage = "invalid_usage";
    public const string UnknownModel = "unknown_model";
    public const string UnknownPrice = "unknown_price";

    private const string Plain = "0.############################";
    private const int WorthWriting = 64 * 1024;

    // Relaxed: a version has a plus sign in it, and nobody puts these lines into a web page.
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _lines = new(2 * WorthWriting);
    private readonly Utf8JsonWriter _json = new(Stream.Null, Options);

    /// <summary>Whether enough has gathered to be handed over.</summary>
    public bool IsFull => _lines.WrittenCount >= WorthWriting;

    /// <summary>An amount as it is written everywhere: <c>0.0025</c>.</summary>
    public static string Text(decimal usd) => usd.ToString(Plain, CultureInfo.InvariantCulture);

    /// <param name="id">The line's id as it stands there; empty: null.</param>
    /// <param name="cost">The cost.</param>
    public void Add(ReadOnlySpan<byte> id, in Cost cost)
    {
        var (input, output) = (Int128.Zero, Int128.Zero);
        foreach (var bucket in cost)
        {
            input += IsInput(bucket) ? cost.Pico(bucket) : 0;
            output += bucket.IsOutputTokens() ? cost.Pico(bucket) : 0;
        }

        Start(id);
        Amount("cost_usd", cost.TotalPico);
        Amount("input_cost", input);
        Amount("output_cost", output);
        End(cost.Provider, cost.Model, null);
    }

    /// <param name="id">The line's id as it stands there; empty: null.</param>
    /// <param name="error">Why there is no cost.</param>
    /// <param name="provider">The provider's entry, as far as it is known.</param>
    /// <param name="model">The model's entry, as far as it is known.</param>
    /// <param name="detail">What is wrong with the question; null: not said.</param>
    public void Add(ReadOnlySpan<byte> id, string error, string? provider = null, string? model = null, string? detail = null)
    {
        Start(id);
        _json.WriteNull("cost_usd");
        _json.WriteNull("input_cost");
        _json.WriteNull("output_cost");
        End(provider, model, error, detail);
    }

    /// <summary>Hands over what has gathered.</summary>
    /// <returns>False: nobody reads any more.</returns>
    public async Task<bool> FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await output.WriteAsync(Encoding.UTF8.GetString(_lines.WrittenSpan).AsMemory(), cancellationToken).ConfigureAwait(false);
            await output.FlushAsync(cancellationToken).ConfigureAwait(false);
            _lines.ResetWrittenCount();
            return true;
        }
        catch (IOException cause) when (StandardOutput.IsClosed(cause))
        {
            return false;
        }
    }

    public void Dispose() => _json.Dispose();

    // What goes in and is not counted in tokens belongs to the input where providers count it so: time, pages, characters and messages. Searches,
    // requests and audio of no direction are in the total only.
    private static bool IsInput(UsageBucket bucket) => bucket.IsInputTokens()
        || bucket is UsageBucket.InputAudioSecond or UsageBucket.DocumentPage or UsageBucket.AnnotatedDocumentPage or UsageBucket.TextMessage or UsageBucket.Character;

    private void Start(ReadOnlySpan<byte> id)
    {
        _json.Reset(_lines);
        _json.WriteStartObject();
        _json.WritePropertyName("id");
        _json.WriteRawValue(id.IsEmpty ? "null"u8 : id, skipInputValidation: true);
    }

    private void Amount(string name, Int128 pico)
    {
        Span<byte> text = stackalloc byte[64];
        Cost.ToUsd(pico).TryFormat(text, out var length, Plain, CultureInfo.InvariantCulture);
        _json.WriteString(name, text[..length]);
    }

    private void End(string? provider, string? model, string? error, string? detail = null)
    {
        _json.WriteString("matched_provider", provider);
        _json.WriteString("matched_model", model);
        _json.WriteString("price_version", priceVersion);
        _json.WriteString("error", error);
        if (detail is not null)
        {
            _json.WriteString("detail", detail);
        }

        _json.WriteEndObject();
        _json.Flush();
        _lines.Write("\n"u8);
    }
}
