using System.IO.Compression;
using System.Text;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service.Tests;

public sealed class ImportCommandTests : IDisposable
{
    private const string Line = """{"version":1,"id":"call-1","time":"2026-11-22T11:00:00Z","gen_ai.operation.name":"chat","user.id":"ada","gen_ai.usage.input_tokens":1000,"gen_ai.usage.cost.amount":0.25}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-import-");
    private readonly Cli _cli = new();

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Records_come_in_once_and_are_booked_once_in_a_ledger_that_is_made()
    {
        var file = Path.Combine(_folder.FullName, "calls.jsonl");
        await File.WriteAllTextAsync(file, Line + "\n\n" + Line.Replace("call-1", "call-2", StringComparison.Ordinal) + "\n", TestContext.Current.CancellationToken);
        Assert.Equal((0, "2 records read, 2 added, 0 there already. 2 added to the sums.\n", ""), await _cli.RunAsync("import", file, "--store", Store, "--book"));
        Assert.Equal((0, "2 records read, 0 added, 2 there already. 0 added to the sums.\n", ""), await _cli.RunAsync("import", file, "--store", Store, "--book"));
        var (_, report, _) = await _cli.RunAsync("report", "--store", Store, "--format", "json");
        Assert.Contains("\"cost\":0.5", report.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compressed_file_is_read_as_export_writes_it_and_one_that_is_cut_changes_nothing()
    {
        var (whole, cut, exported) = (Path.Combine(_folder.FullName, "calls.jsonl.gz"), Path.Combine(_folder.FullName, "cut.jsonl.gz"), Path.Combine(_folder.FullName, "exported.jsonl.gz"));
        await using (var zip = new GZipStream(File.Create(whole), CompressionLevel.Optimal))
        {
            await zip.WriteAsync(Encoding.UTF8.GetBytes(Line + "\n"), TestContext.Current.CancellationToken);
        }

        var bytes = await File.ReadAllBytesAsync(whole, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(cut, bytes[..^20], TestContext.Current.CancellationToken);
        Assert.NotEqual(CommandLine.Ok, (await _cli.RunAsync("import", cut, "--store", Store, "--book")).ExitCode);
        Assert.Equal((0, "1 records read, 1 added, 0 there already. 1 added to the sums.\n", ""), await _cli.RunAsync("import", whole, "--store", Store, "--book"));
        Assert.Equal(CommandLine.Ok, (await _cli.RunAsync("export", "--out", exported, "--store", Store)).ExitCode);
        Assert.Equal((0, "1 records read, 0 added, 1 there already. 0 added to the sums.\n", ""), await _cli.RunAsync("import", exported, "--store", Store, "--book"));
    }

    [Fact]
    public async Task Line_that_is_wrong_is_named_and_nothing_is_changed()
    {
        _cli.Input = Line + "\n{}\n";
        var (exitCode, output, error) = await _cli.RunAsync("import", "-", "--store", Store);
        Assert.Equal((CommandLine.BadArguments, ""), (exitCode, output));
        Assert.Contains("Line 2 is no record: 'id' is missing.", error, StringComparison.Ordinal);
        await using var records = await UsageRecords.OpenAsync(Store, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Empty((await records.QueryAsync(new(), TestContext.Current.CancellationToken)).Records);
    }

    [Fact]
    public async Task File_of_records_takes_records_but_no_sums()
    {
        _cli.Input = Line;
        var file = Path.Combine(_folder.FullName, "records.jsonl");
        Assert.Contains("no sums", (await _cli.RunAsync("import", "-", "--store", file, "--book")).Error, StringComparison.Ordinal);
        Assert.Equal((0, "1 records read, 1 added, 0 there already.\n", ""), await _cli.RunAsync("import", "-", "--store", file));
        Assert.Equal(CommandLine.StoreProblem, (await _cli.RunAsync("import", Path.Combine(_folder.FullName, "none"), "--store", Store)).ExitCode);
    }
}
