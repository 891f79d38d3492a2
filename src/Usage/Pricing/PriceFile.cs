using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>Reads a price file (docs/prices.md, "The file"). Strict: what it does not understand is an error that names the entry, never skipped.</summary>
internal static class PriceFile
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <param name="file">The text.</param>
    /// <param name="below">The book that the file's entries may refer to besides one another; null: none.</param>
    /// <exception cref="InvalidDataException">The text is no valid price file.</exception>
    public static (PriceList List, DateOnly Date) Read(ReadOnlyMemory<byte> file, PriceList? below = null)
    {
        try
        {
            using var document = JsonDocument.Parse(file, Options);
            return ReadRoot(document.RootElement, below);
        }
        catch (JsonException cause)
        {
            throw new InvalidDataException($"The price file is no valid JSON: {Reason(cause)}", cause);
        }
        catch (InvalidOperationException cause)
        {
            // Bytes that are no UTF-8, half a surrogate pair: the parser finds out only when the text is asked for.
            throw new InvalidDataException("The price file is no valid JSON: there is text in it that is no Unicode.", cause);
        }
    }

    // Without the reader's own count of lines, which begins at 0.
    private static string Reason(JsonException cause) =>
        cause.Message.IndexOf(" LineNumber:", StringComparison.Ordinal) is > 0 and var end ? cause.Message[..end] : cause.Message;

    private static (PriceList List, DateOnly Date) ReadRoot(JsonElement root, PriceList? below)
    {
        var file = new PriceEntry("the price file", root, ["schema", "date", "checked", "currency", "source", "providers"]);
        file.Require(file.Text("currency") == Cost.Currency, "currency must be USD");
        file.Require(file.Field("schema").ValueKind == JsonValueKind.Number && file.Field("schema").GetRawText() == "1", "schema must be 1");
        file.Require(file.Text("source").Length > 0, "source must say where the prices come from");
        var date = file.Day("date");
        var provenance = new Provenance(file.Text("source"), file.Has("checked") ? file.Day("checked") : date);
        var drafts = Array.ConvertAll(file.Items("providers"), json => ProviderDraft.Read(file.Name, json, provenance));
        file.Require(drafts.Length > 0, "there must be a provider");
        return (new PriceLinker(drafts, below).Link(), date);
    }
}
