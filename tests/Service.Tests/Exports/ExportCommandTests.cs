using System.Globalization;
using System.IO.Compression;
using System.Text.Json;

namespace LlmTelemetry.Service.Tests.Exports;

public sealed class ExportCommandTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-export-");
    private readonly Cli _cli = new();

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Json_lines_json_and_csv_hold_the_same_records_to_the_letter()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", 3_000, 200), Ledger.Call("=cmd|' /C calc'!A0", 7, at: Noon.AddMinutes(-1)), Ledger.Call("", at: Noon.AddMinutes(-2)), Ledger.Call("'+x,\"y\"z", model: "secret-model", at: Noon.AddMinutes(-3)), Ledger.Call(null, at: Noon.AddMinutes(-4)));

        var lines = (await RunAsync("--format", "jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using var json = JsonDocument.Parse(await RunAsync("--format", "json"));
        var csv = Csv(await RunAsync("--format", "csv"));

        Assert.Equal(5, lines.Length);
        Assert.Equal(lines, json.RootElement.EnumerateArray().Select(row => row.GetRawText()));
        foreach (var (line, cells) in lines.Zip(csv.Skip(1)))
        {
            // By the rule of docs/cli.md.
            using var record = JsonDocument.Parse(line);
            foreach (var (name, cell) in csv[0].Zip(cells))
            {
                var expected = !record.RootElement.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? "" : value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
                Assert.Equal(expected, value.ValueKind == JsonValueKind.String ? Unguarded(cell) : cell);
            }

            Assert.All(record.RootElement.EnumerateObject(), field => Assert.Contains(field.Name, csv[0]));
        }

        Assert.Equal(["ada", "'=cmd|' /C calc'!A0", "'", "''+x,\"y\"z", ""], csv.Skip(1).Select(row => row[Array.IndexOf(csv[0], "user.id")]));
    }

    [Fact]
    public async Task No_cell_of_text_can_be_run_and_numbers_stay_numbers()
    {
        foreach (var start in new[] { "=", "+", "-", "@", "\t", "\r", "\n", "'=", "''@" })
        {
            Assert.Equal("'" + start + "1", ExportCsv.Guarded(start + "1"));
            Assert.Equal(start + "1", Unguarded(ExportCsv.Guarded(start + "1")));
        }

        foreach (var harmless in (string[])["plain", "it's", "'quoted'", "a=b"])
        {
            Assert.Equal(harmless, ExportCsv.Guarded(harmless));
        }

        foreach (var nothing in (string[])["", "'", "''"])
        {
            Assert.Equal(nothing, Unguarded(ExportCsv.Guarded(nothing)));
        }

        await Ledger.FillAsync(Store, null, Ledger.Call("ada", 3_000));
        var csv = Csv(await RunAsync("--format", "csv"));
        Assert.Equal(0.009m, decimal.Parse(csv[1][Array.IndexOf(csv[0], "gen_ai.usage.cost.amount")], CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Sums_are_exported_by_day_with_what_they_are_by()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", 3_000), Ledger.Call("ada"), Ledger.Call("bob"), Ledger.Call("ada", at: Noon.AddDays(-1)), Ledger.Call("ada", at: Noon.AddDays(-30)));

        var csv = Csv(await RunAsync("--what", "usage", "--by", "user", "--format", "csv"));
        Assert.Equal(["day", "user", "calls"], csv[0][..3]);
        Assert.Equal(["2026-11-21 ada 1", "2026-11-22 ada 2", "2026-11-22 bob 1"], csv.Skip(1).Select(row => string.Join(' ', row[..3])));
        Assert.Equal(["0.003000", "0.012000", "0.003000"], csv.Skip(1).Select(row => row[Array.IndexOf(csv[0], "cost")]));
        Assert.All(csv, row => Assert.Equal(csv[0].Length, row.Length));

        var filtered = await RunAsync("--what", "usage", "--from", "2026-10-01", "--where", "user=ada", "--by", "model,tag:plan");
        Assert.Equal(["2026-10-23", "2026-11-21", "2026-11-22"], filtered.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("day").GetString()));
    }

    [Fact]
    public async Task Ends_of_time_and_moments_before_it_are_no_crash()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));

        Assert.Equal((0, ""), await ErrorOfAsync("export", "--what", "usage", "--from", "9999-12-30", "--to", "9999-12-31"));
        Assert.Equal((2, "'0001-01-01T00:00:00+14:00' is neither a day nor a moment: write it as 2026-11-01 or 2026-11-01T12:00:00Z."), await ErrorOfAsync("records", "--from", "0001-01-01T00:00:00+14:00"));
        var (exitCode, error) = await ErrorOfAsync("reprice", "--from", "0001-01-01", "--to", "9999-12-31");
        Assert.True(exitCode == 0, error);

        async Task<(int ExitCode, string Error)> ErrorOfAsync(params string[] arguments)
        {
            var (code, _, said) = await _cli.RunAsync([.. arguments, "--store", Store]);
            return (code, said.Replace("llmtelemetry: ", "", StringComparison.Ordinal).Replace("1 rows.\n", "", StringComparison.Ordinal).Replace("0 rows.\n", "", StringComparison.Ordinal).TrimEnd());
        }
    }

    [Fact]
    public async Task Hour_that_clocks_put_back_at_midnight_repeat_is_of_the_day_that_sums_have_it_in()
    {
        // On 2026-10-25 at 0:00 it is 23:00 of the day before once more, until 22:00 UTC.
        var beirut = TimeZoneInfo.FindSystemTimeZoneById("Asia/Beirut");
        await Ledger.FillAsync(Store, options => options.TimeZone = beirut, Ledger.Call("ada", at: new DateTimeOffset(2026, 10, 24, 21, 30, 0, TimeSpan.Zero)), Ledger.Call("bob", at: new DateTimeOffset(2026, 10, 24, 22, 30, 0, TimeSpan.Zero)));

        foreach (var (day, user) in new[] { ("2026-10-24", "ada"), ("2026-10-25", "bob") })
        {
            foreach (var what in (string[])["records", "usage"])
            {
                var rows = await RunAsync("--what", what, "--from", day, "--to", day);

                Assert.Contains(user, rows, StringComparison.Ordinal);
                Assert.Equal(1, rows.Count(c => c == '\n'));
            }
        }
    }

    [Theory]
    [InlineData("usage-{date}.csv", "usage-2026-11-22.csv")]
    [InlineData("{month}/usage-{hour}.jsonl.gz", "2026-11/usage-2026-11-22T12.jsonl.gz")]
    [InlineData("usage.json", "usage.json")]
    public async Task File_is_named_for_its_time_and_written_in_the_form_of_its_name(string pattern, string expected)
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));

        var (exitCode, output, error) = await _cli.RunAsync("export", "--out", Path.Combine(_folder.FullName, pattern), "--store", Store);

        var path = Path.Combine(_folder.FullName, expected);
        Assert.Equal((0, "", $"1 rows are in {path}.\n"), (exitCode, output, error));
        await using var file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        var text = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal(await RunAsync("--format", expected.Replace(".gz", "", StringComparison.Ordinal).Split('.')[^1]), text);
        Assert.Single(file.Name.Length > 0 ? Directory.GetFiles(Path.GetDirectoryName(path)!, "*usage*") : []);
    }

    [Fact]
    public async Task Export_that_fails_leaves_the_file_that_was_there()
    {
        var path = Path.Combine(_folder.FullName, "usage.jsonl");
        await File.WriteAllTextAsync(path, "before", TestContext.Current.CancellationToken);

        Assert.Equal(1, (await _cli.RunAsync("export", "--out", path, "--store", Store)).ExitCode);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ExportFile.WriteAsync(
            path,
            async stream =>
            {
                await stream.WriteAsync(new byte[100_000], TestContext.Current.CancellationToken);
                throw new InvalidOperationException();
            },
            TestContext.Current.CancellationToken));

        Assert.Equal("before", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal([path], Directory.GetFiles(_folder.FullName));
    }

    [Fact]
    public async Task Progress_is_shown_on_a_terminal_and_nowhere_else()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));
        _cli.CanShowProgress = true;
        Assert.Equal("\r1 rows\r1 rows" + Environment.NewLine, (await _cli.RunAsync("export", "--store", Store)).Error);
        Assert.Contains("[##############################] 100 %  1 rows", (await _cli.RunAsync("export", "--what", "usage", "--store", Store)).Error, StringComparison.Ordinal);

        _cli.CanShowProgress = false;
        Assert.Equal("", (await _cli.RunAsync("export", "--store", Store)).Error);
    }

    [Theory]
    [InlineData("jsonl")]
    [InlineData("json")]
    [InlineData("csv")]
    public async Task Memory_does_not_grow_with_the_number_of_rows(string format)
    {
        // Rows that were kept would be 60 bytes and more each: several times the room that is left to other tests of this process.
        const int Rows = 500_000;
        var live = new List<long>();
        using var progress = new ExportProgress(TextWriter.Null, isShown: false, TimeProvider.System);

        await ExportWriter.WriteAsync(Stream.Null, new ExportRows(["id", "user"], RowsAsync()), format, progress, TestContext.Current.CancellationToken);

        Assert.Equal(Rows, progress.Rows);
        Assert.InRange(live[^1] - live[1], long.MinValue, 8_000_000);

        async IAsyncEnumerable<ReadOnlyMemory<byte>> RowsAsync()
        {
            for (var i = 0; i < Rows; i++)
            {
                if (i % (Rows / 4) == 1000)
                {
                    live.Add(GC.GetTotalMemory(forceFullCollection: true));
                    await Task.Yield();
                }

                yield return System.Text.Encoding.UTF8.GetBytes($$"""{"id":{{i}},"user":"ada{{i}}"}""");
            }
        }
    }

    private static string Unguarded(string cell) => cell.TrimStart('\'') is var rest && cell.StartsWith('\'') && (rest.Length == 0 || "=+-@\t\r\n".Contains(rest[0], StringComparison.Ordinal)) ? cell[1..] : cell;

    // Read by hand, as RFC 4180 says it: another reader than the writer's library.
    private static List<string[]> Csv(string text)
    {
        List<string[]> rows = [];
        List<string> cells = [];
        var cell = new System.Text.StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '"' when quoted && i + 1 < text.Length && text[i + 1] == '"':
                    cell.Append('"');
                    i++;
                    break;
                case '"':
                    quoted = !quoted;
                    break;
                case ',' when !quoted:
                    cells.Add(cell.ToString());
                    cell.Clear();
                    break;
                case '\r' when !quoted:
                    Assert.Equal('\n', text[++i]);
                    cells.Add(cell.ToString());
                    cell.Clear();
                    rows.Add([.. cells]);
                    cells.Clear();
                    break;
                default:
                    cell.Append(text[i]);
                    break;
            }
        }

        Assert.Empty(cells);
        return rows;
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await _cli.RunAsync(["export", .. arguments, "--store", Store]);
        Assert.Equal((0, ""), (exitCode, error));
        return output;
    }
}
