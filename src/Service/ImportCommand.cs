using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry import</c>: records of calls from JSON Lines, each once.</summary>
internal sealed class ImportCommand : Command
{
    private const string StandardInput = "-";
    private const string TimeZoneVariable = "LlmTelemetry__TimeZone";

    private const byte GzipMark1 = 0x1F;
    private const byte GzipMark2 = 0x8B;

    private static readonly string DefaultStore = new CostExporterOptions().Store;

    private readonly Argument<string> _file = new("file") { Description = "JSON Lines as docs/records.md describes them, also compressed by gzip as export writes them; - for standard input, which is not compressed.", HelpName = "file" };

    private readonly Option<string?> _store = new("--store")
    {
        Description = $"Where they go: sqlite:FILE, redis://[user:password@]HOST:PORT[/db], rediss://..., redis:HOST:PORT, or the path of a file of records (default: {ReportCommand.StoreVariable} from the environment, else {DefaultStore}). A ledger that is not there yet is made.",
        HelpName = "address",
    };

    private readonly Option<bool> _book = new("--book")
    {
        Description = "Also add the calls to the ledger's sums, each once: for calls that this ledger did not see itself.",
    };

    private readonly FormatOption _format = FormatOption.TextOrJson();
    private readonly Func<string, string?> _environment;
    private readonly TimeProvider _time;
    private readonly Func<Stream> _input;

    public ImportCommand(Func<string, string?> environment, TimeProvider time, Func<Stream> input)
        : base("import", "Brings records of calls from elsewhere into the ledger. What is there already is left as it is, so it can be run again.")
    {
        (_environment, _time, _input) = (environment, time, input);
        Add(_file);
        Add(_store);
        Add(_book);
        Add(_format);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (output, error) = (arguments.InvocationConfiguration.Output, arguments.InvocationConfiguration.Error);
        var store = arguments.GetValue(_store) ?? _environment(ReportCommand.StoreVariable) ?? DefaultStore;
        try
        {
            var lines = arguments.GetValue(_file) is var file && file == StandardInput ? _input() : await OpenAsync(file!, cancellationToken).ConfigureAwait(false);
            await using (lines.ConfigureAwait(false))
            {
                var records = await RecordReader.OpenAsync(store, Configure, create: true, cancellationToken).ConfigureAwait(false);
                await using (records.ConfigureAwait(false))
                {
                    var done = await records.ImportAsync(lines, arguments.GetValue(_book), cancellationToken).ConfigureAwait(false);
                    await output.WriteAsync(_format.IsJson(arguments) ? Json(done) : Say(done, arguments.GetValue(_book)) + "\n").ConfigureAwait(false);
                    return CommandLine.Ok;
                }
            }
        }
        catch (FormatException cause)
        {
            // A line, or the address.
            return await CommandLine.FailAsync(error, cause.Message, CommandLine.BadArguments).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is not IOException closed || !StandardOutput.IsClosed(closed)) // The edge of the program: whatever the store's client throws is one line for a person.
        {
            return await CommandLine.FailAsync(error, cause.Message, CommandLine.StoreProblem).ConfigureAwait(false);
        }
    }

    /// <summary>The file's lines, to be read twice: of a compressed one a copy that goes when it is closed, which nobody else may read.</summary>
    private static async Task<Stream> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var file = File.OpenRead(path);
        var isCompressed = file.ReadByte() == GzipMark1 && file.ReadByte() == GzipMark2;
        file.Position = 0;
        if (!isCompressed)
        {
            return file;
        }

        await using (file.ConfigureAwait(false))
        {
            var zipped = new GZipStream(file, CompressionMode.Decompress);
            await using (zipped.ConfigureAwait(false))
            {
                var copy = new FileStream(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), Private());
                try
                {
                    await zipped.CopyToAsync(copy, cancellationToken).ConfigureAwait(false);
                    copy.Position = 0;
                    return copy;
                }
                catch
                {
                    await copy.DisposeAsync().ConfigureAwait(false);
                    throw;
                }
            }
        }
    }

    private static FileStreamOptions Private()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private static string Say(ImportResult done, bool book)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{done.Read} records read, {done.Added} added, {done.Read - done.Added} there already.");
        if (book)
        {
            text += string.Create(CultureInfo.InvariantCulture, $" {done.Booked} added to the sums.");
        }

        return done.Expired == 0 ? text
            : text + string.Create(CultureInfo.InvariantCulture, $" {done.Expired} increments were of hours, days or months older than the ledger keeps.");
    }

    private static string Json(ImportResult done) => CommandJson.Object(json =>
    {
        json.WriteNumber("read", done.Read);
        json.WriteNumber("added", done.Added);
        json.WriteNumber("booked", done.Booked);
        json.WriteNumber("expired", done.Expired);
    });

    private void Configure(CostExporterOptions options)
    {
        options.TimeProvider = _time;
        options.KeyPrefix = _environment(ReportCommand.KeyPrefixVariable) ?? options.KeyPrefix;
        if (_environment(TimeZoneVariable) is { } zone)
        {
            options.TimeZone = TimeZoneInfo.FindSystemTimeZoneById(zone);
        }
    }
}
