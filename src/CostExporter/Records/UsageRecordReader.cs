using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Reads a line that <see cref="UsageRecordJson"/> or somebody else wrote by docs/records.md. Fields that are not known are left out; what is there must be
/// right: a record that is half understood would be wrong for ever.
/// </summary>
internal static class UsageRecordReader
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <exception cref="FormatException">It is no record; the message says why.</exception>
    public static UsageRecord Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, Options);
            return Read(document.RootElement);
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException)
        {
            // The second: text that is no Unicode.
            throw new FormatException($"It is no JSON: {cause.Message}", cause);
        }
    }

    /// <inheritdoc cref="Read(ReadOnlyMemory{byte})"/>
    public static UsageRecord Read(JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("It is no JSON object.");
        }

        if (RecordField.Count(line, RecordFields.Version) is { } version && version is < 1 or > RecordFields.LatestVersion)
        {
            throw new FormatException($"'{RecordFields.Version}' is {version}; this version of LlmTelemetry reads {RecordFields.LatestVersion}.");
        }

        var requestModel = RecordField.Text(line, RecordFields.RequestModel);
        var usage = RecordAmounts.Usage(line, out var inconsistent);
        var cost = RecordAmounts.Cost(line);
        var saved = RecordField.Amount(line, RecordFields.Saved);
        return new UsageRecord
        {
            Id = Id(line),
            EndedAt = Time(line),
            Duration = RecordField.Seconds(line, RecordFields.Duration) ?? TimeSpan.Zero,
            TimeToFirstChunk = RecordField.Seconds(line, RecordFields.FirstChunk),
            Operation = RecordField.Text(line, RecordFields.Operation) ?? throw RecordField.Missing(RecordFields.Operation),
            Provider = RecordField.Text(line, RecordFields.Provider),
            Model = RecordField.Text(line, RecordFields.Model) ?? requestModel,
            RequestModel = requestModel,
            ResponseId = RecordField.Text(line, RecordFields.ResponseId),
            ServiceTier = RecordField.Text(line, RecordFields.ServiceTier),
            Region = RecordField.Text(line, RecordFields.Region),
            Attribution = Whose(line),
            Outcome = Outcome(line),
            ErrorType = RecordField.Text(line, RecordFields.ErrorType),
            ErrorText = RecordField.Text(line, RecordFields.ErrorText),
            Calls = RecordField.Count(line, RecordFields.Calls) ?? 1,
            IsCacheHit = RecordField.Flag(line, RecordFields.CacheHit) || saved is not null,
            UsageInconsistent = RecordField.Flag(line, RecordFields.Inconsistent) || inconsistent,
            Quality = Quality(line, usage is not null, cost is not null),
            Usage = usage,
            Cost = cost,
            ChargePico = RecordField.Amount(line, RecordFields.Charge),
            SavedPico = saved,
        };
    }

    // Ids of other systems are any text: the same text is the same record.
    private static Guid Id(JsonElement line)
    {
        var text = RecordField.Text(line, RecordFields.Id);
        return string.IsNullOrWhiteSpace(text) ? throw RecordField.Missing(RecordFields.Id)
            : Guid.TryParse(text, out var id) ? id
            : new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16), bigEndian: true);
    }

    private static DateTimeOffset Time(JsonElement line)
    {
        var text = RecordField.Text(line, RecordFields.Time) ?? throw RecordField.Missing(RecordFields.Time);

        // Without an offset nobody knows which hour it is.
        return text.Contains('T', StringComparison.OrdinalIgnoreCase)
            && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time) && time.Kind != DateTimeKind.Unspecified
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)
            ? at.ToUniversalTime()
            : throw new FormatException($"'{RecordFields.Time}' is '{text}'; it must be a moment with its offset, as 2026-11-22T12:00:00Z.");
    }

    private static Attribution Whose(JsonElement line)
    {
        var hash = RecordField.Text(line, RecordFields.UserHash);
        return new Attribution(
            hash ?? RecordField.Text(line, RecordFields.User),
            RecordField.Text(line, RecordFields.Tenant),
            RecordField.Text(line, RecordFields.Feature),
            RecordField.Text(line, RecordFields.Conversation),
            RecordField.Text(line, RecordFields.Session),
            RecordField.Text(line, RecordFields.Tier),
            Tags(line),
            RecordField.Text(line, RecordFields.Client),
            RecordField.Text(line, RecordFields.Environment),
            IsUserHashed: hash is not null);
    }

    private static SortedDictionary<string, string>? Tags(JsonElement line)
    {
        if (RecordField.Of(line, RecordFields.Tags, JsonValueKind.Object, "an object of texts") is not { } tags)
        {
            return null;
        }

        var said = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in tags.EnumerateObject())
        {
            said[tag.Name] = tag.Value.ValueKind == JsonValueKind.String ? tag.Value.GetString()! : throw new FormatException($"The tag '{tag.Name}' must be a text.");
        }

        return said.Count == 0 ? null : said;
    }

    private static CallOutcome Outcome(JsonElement line)
    {
        var word = RecordField.Text(line, RecordFields.Outcome);
        return word is null ? RecordField.Text(line, RecordFields.ErrorType) is null ? CallOutcome.Completed : CallOutcome.Failed
            : CallWords.TryParse(word, out CallOutcome outcome) ? outcome
            : throw new FormatException($"'{RecordFields.Outcome}' is '{word}'; it must be one of: {CallWords.AllOutcomes}.");
    }

    private static CostQuality Quality(JsonElement line, bool hasUsage, bool hasCost)
    {
        var word = RecordField.Text(line, RecordFields.Quality);
        return word is null ? hasCost ? CostQuality.Reported : hasUsage ? CostQuality.Unpriced : CostQuality.Unmeasured
            : CallWords.TryParse(word, out CostQuality quality) ? quality
            : throw new FormatException($"'{RecordFields.Quality}' is '{word}'; it must be one of: {CallWords.AllQualities}.");
    }
}
