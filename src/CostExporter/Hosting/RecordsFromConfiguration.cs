using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>The settings of records: <c>LlmTelemetry__Records=file</c>, and what is below it, <c>LlmTelemetry__Records__MaxRecords=50000</c>.</summary>
internal static class RecordsFromConfiguration
{
    public const string Section = nameof(CostExporterOptions.Records);

    private const string WholeNumber = "a whole number above 0";

    // The path comes first, because setting it also says that a file is meant; what is said of that itself wins.
    public static readonly (string Key, string Right, Action<RecordOptions, string> Set)[] Settings =
    [
        ($"{Section}:{nameof(RecordOptions.Path)}", "the path of a file, such as ./usage-logs.jsonl", (records, v) => records.Path = v),
        (Section, "none, memory, store or file", (records, v) => records.Keep = Keeping(v)),
        ($"{Section}:{nameof(RecordOptions.Keep)}", "none, memory, store or file", (records, v) => records.Keep = Keeping(v)),
        ($"{Section}:{nameof(RecordOptions.MaxRecords)}", WholeNumber, (records, v) => records.MaxRecords = int.Parse(v, NumberStyles.None, CultureInfo.InvariantCulture)),
        ($"{Section}:{nameof(RecordOptions.Retention)}", OptionsFromConfiguration.PositiveSpan, (records, v) => records.Retention = OptionsFromConfiguration.Span(v)),
        ($"{Section}:{nameof(RecordOptions.MaxFileBytes)}", "a whole number of bytes above 0", (records, v) => records.MaxFileBytes = long.Parse(v, NumberStyles.None, CultureInfo.InvariantCulture)),
        ($"{Section}:{nameof(RecordOptions.MaxFiles)}", "a whole number from 1 to 1000", (records, v) => records.MaxFiles = int.Parse(v, NumberStyles.None, CultureInfo.InvariantCulture)),
    ];

    public static readonly string[] SettingNames =
        [nameof(RecordOptions.Keep), nameof(RecordOptions.Path), nameof(RecordOptions.MaxRecords), nameof(RecordOptions.Retention), nameof(RecordOptions.MaxFileBytes), nameof(RecordOptions.MaxFiles)];

    private static RecordKeeping Keeping(string word) => word.ToLowerInvariant() switch
    {
        "none" => RecordKeeping.None,
        "memory" => RecordKeeping.Memory,
        "store" => RecordKeeping.Store,
        "file" => RecordKeeping.File,
        _ => throw new FormatException(),
    };
}
