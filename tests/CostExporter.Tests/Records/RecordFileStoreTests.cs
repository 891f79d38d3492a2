using System.Text;

namespace LlmTelemetry.CostExporter.Tests.Records;

public sealed class JsonLinesRecordStoreTests : RecordFileTests
{
    private protected override string Name => "calls.jsonl";

    [Fact]
    public async Task Line_is_found_without_reading_it_whole()
    {
        var record = Make(5);
        Assert.Equal(RecordKey.Of(record), UsageRecordJson.Peek(UsageRecordJson.Line(record)));
        Assert.Null(UsageRecordJson.Peek("{\"id\":\"x\"}"u8));
        await using var store = await OpenAsync();
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        await File.WriteAllTextAsync(FilePath, """{"time":"2026-11-22T12:00:00+01:00","id":"somebody's","gen_ai.operation.name":"chat"}""" + "\n", Stop);
        Assert.Equal(new DateTimeOffset(2026, 11, 22, 11, 0, 0, TimeSpan.Zero), Assert.Single(await AllAsync(store)).EndedAt);
    }

    [Fact]
    public async Task Last_line_that_only_lacks_its_end_stays()
    {
        await using var store = await OpenAsync();
        await store.WriteAsync([Make(1), Make(2)], Stop);
        var text = await File.ReadAllTextAsync(FilePath, Stop);
        await File.WriteAllTextAsync(FilePath, text.TrimEnd('\n'), Stop);
        Assert.Equal(2, (await AllAsync(store)).Count);
        await store.WriteAsync([Make(3)], Stop);
        Assert.Equal(3, (await AllAsync(store)).Count);
    }
}

public sealed class CsvRecordStoreTests : RecordFileTests
{
    private protected override string Name => "calls.csv";

    [Fact]
    public void Any_clean_record_comes_back_from_its_line()
    {
        var random = new Random(20261123);
        for (var round = 0; round < 2_000; round++)
        {
            var record = RandomRecord.Make(random).Cleaned();
            var line = new CsvLines().Write(record);
            Assert.DoesNotContain((byte)'\n', line);
            RecordCases.AssertSame(record, new CsvLines().Read(line));
        }
    }

    [Fact]
    public async Task Spreadsheet_takes_no_text_for_a_formula()
    {
        await using var store = await OpenAsync();
        await store.WriteAsync([Make(1) with { Attribution = new("=HYPERLINK(\"x\")", "+1", "-1", "@x", "'quoted", "\uFF1Dx"), Provider = "" }], Stop);
        var lines = await File.ReadAllLinesAsync(FilePath, Stop);
        Assert.StartsWith("version,id,time,duration,", lines[0], StringComparison.Ordinal);
        Assert.Contains(",\"'=HYPERLINK(\"\"x\"\")\",", lines[1], StringComparison.Ordinal);
        Assert.Contains(",'+1,'-1,'@x,''quoted,'\uFF1Dx,", lines[1], StringComparison.Ordinal);
        Assert.Contains(",chat,\"\",", lines[1], StringComparison.Ordinal);
        Assert.Equal(("=HYPERLINK(\"x\")", ""), Assert.Single(await AllAsync(store)) is var read ? (read.Attribution.User, read.Provider) : default);
    }

    [Fact]
    public async Task Every_file_begins_with_the_names_of_the_columns()
    {
        await using var store = await OpenAsync(maxFileBytes: 2_000);
        await store.WriteAsync([.. Enumerable.Range(0, 20).Select(n => Make(n))], Stop);
        Assert.InRange(Files.Length, 3, 10);
        Assert.All(Files, file => Assert.StartsWith("version,id", File.ReadAllText(file), StringComparison.Ordinal));
        Assert.Equal(20, (await AllAsync(store)).Count);
    }
}

/// <summary>What files of lines do beside what every store does.</summary>
public abstract class RecordFileTests : RecordStoreTests, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-records-");
    private long _maxFileBytes = 100_000_000;
    private int _maxFiles = 10;

    private protected abstract string Name { get; }

    private protected override TimeProvider Clock => TimeProvider.System;

    private protected string FilePath => Path.Combine(_folder.FullName, "new", Name);

    private protected string[] Files => Directory.GetFiles(Path.GetDirectoryName(FilePath)!, "calls*" + Path.GetExtension(Name));

    private protected override CostExporterOptions Options() => new() { Records = { Path = FilePath, MaxFileBytes = _maxFileBytes, MaxFiles = _maxFiles } };

    private protected Task<IRecordStore> OpenAsync(long maxFileBytes, int maxFiles = 10)
    {
        (_maxFileBytes, _maxFiles) = (maxFileBytes, maxFiles);
        return OpenAsync();
    }

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(25)]
    [InlineData(-1)]
    public async Task Line_that_a_killed_process_left_half_written_is_no_record_and_goes_with_the_next_write(int cut)
    {
        await using var store = await OpenAsync();
        await store.WriteAsync([Make(1), Make(2)], Stop);
        var whole = await File.ReadAllBytesAsync(FilePath, Stop);
        await store.WriteAsync([Make(3)], Stop);
        var all = await File.ReadAllBytesAsync(FilePath, Stop);
        await File.WriteAllBytesAsync(FilePath, all[..(cut > 0 ? whole.Length + cut : all.Length - 3)], Stop);
        await using var next = await OpenAsync();
        Assert.Equal([1, 2], (await AllAsync(next)).Select(Number));
        Assert.Equal(2, await next.WriteAsync([Make(3), Make(4)], Stop));
        Assert.Equal([1, 2, 3, 4], (await AllAsync(next)).Select(Number));
        Assert.Equal((byte)'\n', (await File.ReadAllBytesAsync(FilePath, Stop))[^1]);
    }

    [Fact]
    public async Task Full_file_makes_room_for_the_next_and_the_oldest_goes()
    {
        await using var store = await OpenAsync(maxFileBytes: 3_000, maxFiles: 3);
        for (var n = 0; n < 100; n++)
        {
            await store.WriteAsync([Make(1_000 - n)], Stop);
        }

        Assert.Equal(3, Files.Length);
        Assert.All(Files, file => Assert.InRange(new FileInfo(file).Length, 1, 3_000));
        var left = (await AllAsync(store)).Select(Number).ToArray();
        Assert.Equal(Enumerable.Range(901, left.Length), left);

        // What is still there is known, also in the files before.
        Assert.Equal(0, await store.WriteAsync([Make(901)], Stop));
        Assert.Equal(2, (await store.FindAsync([Make(901).Id, Make(900 + left.Length).Id, Make(999).Id], Stop)).Count);
    }

    [Fact]
    public async Task Records_of_other_processes_are_known_and_none_is_written_twice_nor_into_another()
    {
        var stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OpenAsync(maxFileBytes: 20_000, maxFiles: 100)));
        var added = await Task.WhenAll(stores.Select((store, writer) => Task.Run(async () =>
        {
            var sum = 0;
            for (var round = 0; round < 15; round++)
            {
                sum += await store.WriteAsync([.. Enumerable.Range(0, 5).Select(n => Make((((writer + (n % 2)) % 4) * 1_000) + (round * 5) + n))], Stop);
            }

            return sum;
        })));
        var all = await AllAsync(stores[0]);
        Assert.Equal(300, added.Sum());
        Assert.Equal(300, all.Count);
        var header = Name.EndsWith("csv", StringComparison.Ordinal) ? 1 : 0;
        Assert.Equal(300, Files.Sum(file => File.ReadLines(file).Count() - header));
    }

    [Fact]
    public async Task Erased_user_is_in_no_file()
    {
        await using var store = await OpenAsync(maxFileBytes: 20_000, maxFiles: 100);
        await store.WriteAsync([.. Enumerable.Range(0, 200).Select(n => Make(n) with { Attribution = new(n % 2 == 0 ? "ada-of-london" : "bob") })], Stop);
        await File.AppendAllTextAsync(FilePath, "half a line of ada-of-london", Stop);
        Assert.Equal(100, await store.EraseUserAsync("ada-of-london", Stop));
        Assert.DoesNotContain(_folder.GetFiles("*", SearchOption.AllDirectories), file => File.ReadAllText(file.FullName).Contains("ada-of-london", StringComparison.Ordinal));
        Assert.Equal(100, (await AllAsync(store)).Count);
        Assert.Equal(1, await store.WriteAsync([Make(1), Make(2)], Stop));
    }

    [Fact]
    public async Task Place_that_cannot_be_written_is_refused_and_a_later_write_goes_on()
    {
        await using var store = await OpenAsync();
        Directory.CreateDirectory(FilePath);
        await Assert.ThrowsAnyAsync<Exception>(() => store.WriteAsync([Make(1)], Stop));
        Directory.Delete(FilePath);
        Assert.Equal(1, await store.WriteAsync([Make(1)], Stop));
    }

    [Fact]
    public async Task Reader_from_outside_reads_the_file_and_makes_none()
    {
        await Assert.ThrowsAsync<FileNotFoundException>(() => UsageRecords.OpenAsync(FilePath, cancellationToken: Stop));
        Assert.Empty(_folder.GetFileSystemInfos());
        await using var store = await OpenAsync();
        await store.WriteAsync([.. Enumerable.Range(0, 50).Select(n => Make(n))], Stop);
        await using var records = await UsageRecords.OpenAsync(FilePath, cancellationToken: Stop);
        Assert.Equal(50, await records.ReadAsync(new(), Stop).CountAsync(Stop));
    }
}

public sealed class JsonArrayRecordStoreTests : CappedRecordStoreTests, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-records-");

    private string FilePath => Path.Combine(_folder.FullName, "calls.json");

    private protected override CostExporterOptions Options() => new() { Records = { Path = FilePath } };

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Array_is_written_at_the_end_beside_what_is_there()
    {
        var (store, other) = (await OpenAsync(), await OpenAsync());
        await store.WriteAsync([Make(1), Make(2)], Stop);
        await other.WriteAsync([Make(2), Make(3)], Stop);
        Assert.False(File.Exists(FilePath));
        await store.DisposeAsync();
        await other.DisposeAsync();
        using var array = System.Text.Json.JsonDocument.Parse(await File.ReadAllTextAsync(FilePath, Stop));
        Assert.Equal(3, array.RootElement.GetArrayLength());
        await using var records = await UsageRecords.OpenAsync(FilePath, cancellationToken: Stop);
        Assert.Equal([1, 2, 3], (await records.ReadAsync(new(), Stop).ToArrayAsync(Stop)).Select(Number));
    }

    [Fact]
    public async Task Erased_user_is_out_of_the_file_at_once_and_does_not_come_back()
    {
        await using (var store = await OpenAsync())
        {
            await store.WriteAsync([Make(1) with { Attribution = new("ada-of-london") }, Make(2)], Stop);
        }

        await using (var records = await UsageRecords.OpenAsync(FilePath, cancellationToken: Stop))
        {
            Assert.Equal(1, await records.EraseUserAsync("ada-of-london", Stop));
            Assert.DoesNotContain("ada-of-london", await File.ReadAllTextAsync(FilePath, Stop), StringComparison.Ordinal);
        }

        Assert.DoesNotContain("ada-of-london", await File.ReadAllTextAsync(FilePath, Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_of_something_else_is_refused_and_stays_as_it_is()
    {
        await File.WriteAllTextAsync(FilePath, "[1]", Encoding.UTF8, Stop);
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => OpenAsync());
        Assert.Contains("something else", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("[1]", await File.ReadAllTextAsync(FilePath, Stop));
    }
}
