using System.Text;

namespace LlmTelemetry.Usage.Tests;

/// <summary>What a file of somebody's own making may be, and the place in it that the error names.</summary>
public sealed class BadPriceFileTests : IDisposable
{
    private const string Lines = """
        {"schema": 1, "date": "2026-11-22", "currency": "USD", "source": "x", "providers": [
          {"id": "acme", "models": [
            {"id": "m1", "match": ["m1"], "prices": [{"input": 1}]},
            {"id": "m2", "match": ["m2"], "prices": [{"input": 2}]}
          ]},
          {"id": "other", "models": [
            {"id": "m1", "match": ["m1"], "prices": [{"input": 3}]}
          ]}
        ]}
        """;

    private const string Everything = """
        {"schema": 1, "date": "2026-11-22", "currency": "USD", "source": "x", "providers": [
          {"id": "acme", "name": "Acme", "alias": ["*acme*"], "infer": ["m~*"], "fallback": ["other"], "sources": ["https://x"], "service_tiers": {"batch": 0.5}, "regions": {"us": 1.1, "*": 1}, "models": [
            {"id": "m1", "match": ["m1", "/^m[0-9]$/", {"all": ["*a*", "b*"]}], "source": "https://x", "checked": "2026-11-22", "prices": [
              {"input": 1.25, "output": 1e1, "web_search": 10, "image": {"1024x1024/hd": 80, "*": 40}, "tiers": [{"above": 200000, "input": 2}, {"at_least": 300000, "input": 3}],
               "service_tiers": {"flex": {"times": 0.5, "except": ["cache_read"]}, "priority": {"input": 12.5, "tiers": [{"above": 9, "input": 13}]}, "batch": null}},
              {"from": "2026-12-01", "at": ["mon-fri 01:00-04:00", "sat,sun 22:00-02:00"], "zone": "Europe/Berlin", "input": 1}]},
            {"id": "m2", "match": ["m2"], "prices_of": "acme/m1"}]},
          {"id": "other", "models": [{"id": "m3", "match": ["m3"], "prices": [{}]}]}
        ]}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("llm-prices-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "prices.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("\"input\": 1", "\"input\": -1", "line 3: acme/m1: input costs -1 USD")]
    [InlineData("\"input\": 2", "\"inptu\": 2", "line 4: acme/m2: unknown field inptu")]
    [InlineData("\"input\": 3", "\"input\": \"NaN\"", "line 7: other/m1: input must be a number")]
    [InlineData("\"input\": 3", "\"input\": 1e999", "line 7: other/m1: input must be a number")]
    [InlineData("\"input\": 3", "\"input\": 99999", "line 7: other/m1: input costs 99999 USD")]
    [InlineData("\"input\": 2", "\"input\": NaN", "line 4, in or after acme/m2: The price file is no valid JSON")]
    [InlineData("\"input\": 2", "\"input\": Infinity", "line 4, in or after acme/m2: The price file is no valid JSON")]
    [InlineData("\"input\": 2", "\"input\": 2, \"input\": 2", "line 4, in or after acme/m2: The price file is no valid JSON")]
    [InlineData("\"input\": 2", "\"\\ud800\": 2", "line 4, in or after acme/m2: The price file is no valid JSON: there is text in it that is no Unicode.")]
    [InlineData("\"id\": \"m2\"", "\"id\": \"\\ud800\"", "The price file is no valid JSON: there is text in it that is no Unicode.")]
    [InlineData("[\"m2\"]", "[\"m2~\"]", "line 4: acme/m2: match: \"m2~\" is no pattern of a name")]
    [InlineData("[\"m2\"]", "[\"m*2\"]", "line 4: acme/m2: match: \"m*2\" is no pattern of a name")]
    [InlineData("\"id\": \"m2\"", "\"id\": \"M1\"", "acme/m1: the model is there twice")]
    [InlineData("\"id\": \"other\"", "\"id\": \"acme\"", "line 6: acme: the provider acme is there twice")]
    [InlineData("\"id\": \"other\"", "\"id\": \"Other\"", "line 6: Other: the id must be in lower case")]
    [InlineData("\"id\": \"other\"", "\"id\": \"other\", \"fallback\": [\"lost\"]", "line 6: other: the fallback lost")]
    [InlineData("\"prices\": [{\"input\": 2}]", "\"prices_of\": \"acme/m2\"", "line 4: acme/m2: prices_of goes in a circle: acme/m2 -> acme/m2")]
    [InlineData("\"prices\": [{\"input\": 2}]", "\"prices_of\": \"acme/m9\"", "line 4: acme/m2: prices_of: acme/m9 is no entry")]
    [InlineData("{\"input\": 2}", "{\"from\": \"2026-12-01\", \"input\": 2}, {\"from\": \"2026-11-01\", \"input\": 3}", "line 4: acme/m2: the price set 1 (from 2026-12-01) never counts")]
    [InlineData("{\"input\": 2}", "{\"input\": 2}, {\"at\": [\"sat,sun\"], \"input\": 1}, {\"input\": 3}", "line 4: acme/m2: the price set 1 (always) never counts")]
    [InlineData("[{\"input\": 2}]}", "[{\"input\": 2}]},", "line 5, in or after acme/m2: The price file is no valid JSON")]
    [InlineData("{\"input\": 2}", "{\"input\": 2 /* list price */}", "line 4, in or after acme/m2: The price file is no valid JSON")]
    [InlineData("{\"schema\": 1", "{\"schema\": 2", "the price file: schema must be 1")]
    public void Error_names_the_line_and_the_entry(string good, string bad, string message)
    {
        var text = Lines.Replace(good, bad, StringComparison.Ordinal);
        Assert.NotEqual(Lines, text);

        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => PriceFileText.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\0\0\0")]
    [InlineData("null")]
    [InlineData("{\"schema\": 1, \"date\": \"2026-11-22\", \"curr")]
    public void What_is_no_price_file_at_all_is_refused(string text)
    {
        File.WriteAllText(Path, text);

        Assert.StartsWith($"{Path}: ", Assert.Throws<InvalidDataException>(() => PriceBook.Load(Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_in_another_encoding_is_refused()
    {
        File.WriteAllText(Path, Lines, Encoding.Unicode);
        Assert.Contains("line 1: The price file is no UTF-8", Assert.Throws<InvalidDataException>(() => PriceBook.Load(Path)).Message, StringComparison.Ordinal);

        File.WriteAllText(Path, Lines.Replace("m2", "m\u00fc", StringComparison.Ordinal), Encoding.Latin1);
        Assert.Contains("line 4: The price file is no UTF-8", Assert.Throws<InvalidDataException>(() => PriceBook.Load(Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"id\": \"m2\"")]
    [InlineData("\"match\": [\"m2\"]")]
    [InlineData("\"input\": 2")]
    public void Half_a_character_is_refused(string field)
    {
        var text = Lines.Replace(field, field.Replace("2", "\\ud800", StringComparison.Ordinal).Replace("\"input\"", "\"inp\\ud800\"", StringComparison.Ordinal), StringComparison.Ordinal);

        Assert.StartsWith("line 4", Assert.Throws<InvalidDataException>(() => PriceFileText.Parse(text)).Message, StringComparison.Ordinal);
    }

    // Whatever an editor, a broken disk or an attacker makes of a file: it is read or refused, and nothing else is thrown.
    [Fact]
    public void File_with_any_bytes_changed_is_read_or_refused()
    {
        var good = Encoding.UTF8.GetBytes(Everything);
        var (read, refused) = (0, 0);
        var random = new Random(20261122);
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = good.ToArray();
            for (var changes = random.Next(1, 3); changes > 0; changes--)
            {
                // Mostly bytes that mean something in such a file.
                bytes[random.Next(bytes.Length)] = random.Next(4) == 0 ? (byte)random.Next(256) : bytes[random.Next(bytes.Length)];
            }

            try
            {
                PriceBook.Parse(bytes);
                read++;
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.True(read > 200 && refused > 200, $"{read} read, {refused} refused");
    }

    [Fact]
    public void Byte_order_mark_is_no_error()
    {
        File.WriteAllText(Path, Lines, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

        Assert.True(PriceBook.Load(Path).Knows("acme", "m2"));
    }

    [Fact]
    public void File_of_more_than_64_MB_is_refused()
    {
        using (var file = File.Create(Path))
        {
            file.SetLength(100_000_000);
        }

        Assert.Contains("at most 64 MB", Assert.Throws<InvalidDataException>(() => PriceBook.Load(Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_and_missing_file_cannot_be_read()
    {
        Assert.Contains("is a folder", Assert.Throws<IOException>(() => PriceBook.Load(_folder)).Message, StringComparison.Ordinal);
        Assert.Contains(Path, Assert.Throws<FileNotFoundException>(() => PriceBook.Load(Path)).Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => PriceBook.Load(System.IO.Path.Combine(_folder, "none", "prices.json")));
    }

    // Nobody refuses a file to root; this one refuses its content to everybody.
    [Fact]
    public void File_that_gives_no_content_cannot_be_read()
    {
        var path = Environment.UserName == "root" ? "/proc/self/mem" : Path;
        if (path == Path && !OperatingSystem.IsWindows())
        {
            File.WriteAllText(path, Lines);
            File.SetUnixFileMode(path, UnixFileMode.None);
        }

        Assert.Contains(path, Assert.ThrowsAny<IOException>(() => PriceBook.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Link_to_a_file_is_followed_and_a_circle_of_links_cannot_be_read()
    {
        var (real, loop) = (System.IO.Path.Combine(_folder, "real.json"), System.IO.Path.Combine(_folder, "loop.json"));
        File.WriteAllText(real, Lines);
        File.CreateSymbolicLink(Path, real);
        File.CreateSymbolicLink(loop, loop);

        Assert.True(PriceBook.Load(Path).Knows("other", "m1"));
        Assert.ThrowsAny<IOException>(() => PriceBook.Load(loop));
    }
}
